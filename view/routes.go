package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

var routesView = &View{
	Name:  "routes",
	Doc:   "every route: host, path, mode, who admits it, the certificate shown, where it leads",
	Per:   PerModel,
	Draws: &Table{},
	Project: func(in *Input) (Picture, string) {
		s := newScope(in)
		if len(s.routes) == 0 {
			return nil, "no route"
		}
		return routesTable(s), ""
	},
}

func routesTable(s *scope) *Table {
	t := &Table{Columns: columns(
		"Route", "Host", "Path", "Mode", "Insecure", "Served by", "Certificate shown", "To", "Servers", "Faults")}
	t.Title = heading(s.in.Topology, "routes")
	section := &Section{}
	rows := map[*flow.Route][]*TableRow{} // of each declaration
	for _, r := range s.routes {
		row := &TableRow{Marks: s.in.Marks(r.Whole), Cells: cells(
			r.FullName(),
			strings.Join(hosts(r), ", "),
			besideHosts(r),
			routeMode(r),
			insecureWords(r),
			servedBy(s.in.Topology, r),
			shownCertificate(s.in.meant(r)),
			targetWords(r),
			serverWords(r),
		)}
		row.Cells = append(row.Cells, routeFaults(s.in, r))
		if like := rowLike(rows[declared(r)], row); len(r.Group) > 0 && like != nil {
			like.Cells[1].Text += ", " + row.Cells[1].Text
			continue
		}
		rows[declared(r)] = append(rows[declared(r)], row)
		section.Rows = append(section.Rows, row)
	}
	t.Sections = []*Section{section}
	t.Foot = assumed(s.in.Topology.Assumed)
	t.dropEmpty()
	t.Desc = fmt.Sprintf("A table of %s: %s.", count(flow.CountRoutes(s.routes), "route"), series(modeCounts(s.routes)))
	return t
}

// declared is the first of the routes that are declared with this one.
func declared(r *flow.Route) *flow.Route {
	if len(r.Group) > 0 {
		return r.Group[0]
	}
	return r
}

// rowLike is the row of those that differs from another one in the host alone, which is the
// second cell; nil for none.
func rowLike(rows []*TableRow, row *TableRow) *TableRow {
	for _, o := range rows {
		same := len(o.Cells) == len(row.Cells)
		for i := range row.Cells {
			same = same && (i == 1 || o.Cells[i].Text == row.Cells[i].Text)
		}
		if same {
			return o
		}
	}
	return nil
}

// servedBy names the proxies that serve a route, unless there is only one.
func servedBy(t *flow.Topology, r *flow.Route) string {
	if len(r.Proxies) == 0 {
		return "no proxy"
	}
	if len(t.Proxies) == 1 {
		return ""
	}
	var names []string
	for _, p := range r.Proxies {
		names = append(names, p.Title())
	}
	return strings.Join(names, ", ")
}

// shownCertificate is the certificate that the client of a course meets.
func shownCertificate(l *flow.Lifecycle) string {
	if l == nil || len(l.Sessions) == 0 || l.Sessions[0].Version == 0 {
		return ""
	}
	if c := l.Sessions[0].Certificate; c != nil {
		return c.Title()
	}
	return "not stated"
}

// routeFaults says what goes wrong on a route's courses: by the scheme that it
// is for, and by plaintext where it takes or redirects that, too.
func routeFaults(in *Input, r *flow.Route) Cell {
	var marks []Mark
	if m, ok := in.routeFault(r); ok {
		marks = append(marks, m)
	}
	if r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureNone {
		for _, l := range plaintext(in, r, r.Insecure.V == flow.InsecureRedirect) {
			if l.Outcome.Fault != flow.FaultNone && l.Outcome.Fault != flow.FaultInsecure && !(l.Outcome.Fault == flow.FaultNoRoute && madeUp(l, r)) {
				marks = append(marks, in.faultOf(r, l))
			}
		}
	}
	cell := Cell{Tone: ToneMuted}
	texts := refusals(r)
	if len(texts) > 0 {
		cell.Tone = ToneBad
	}
	for _, m := range marks {
		texts = add(texts, m.Message)
		if !m.Expected {
			cell.Tone = ToneBad
		}
	}
	cell.Text = strings.Join(texts, "; ")
	return cell
}

// modeCounts is "14 edge", "2 passthrough".
func modeCounts(routes []*flow.Route) []string {
	of := map[string][]*flow.Route{}
	for _, r := range routes {
		of[routeMode(r)] = append(of[routeMode(r)], r)
	}
	var out []string
	for _, m := range []string{"relay", "plain", "edge", "reencrypt", "passthrough"} {
		if n := flow.CountRoutes(of[m]); n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, m))
		}
	}
	return out
}

package main

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// model is one model of a run.
type model struct {
	input
	*pipeline.Model
}

// models reads, resolves and checks every model that the arguments name, side
// by side. A file that another one imports is not a model by itself.
func (a *app) models(args []string) ([]*model, error) {
	ins, err := a.inputs(args)
	if err != nil {
		return nil, err
	}
	return compile(ins, a.reader(), pipeline.Days{}, noneAlone)
}

// load reads one model.
func (r *reader) load(ctx context.Context, in input) (*model, error) {
	m, err := pipeline.LoadFrom(ctx, pipeline.Input{
		Input:  front.Input{Path: in.path, More: in.more, Read: r.of(in), Data: r.data(in), Folder: r.folder(in), Same: fileIdentity, Env: r.files.env, Profile: flow.FindProfile("haproxy", r.files.haproxy)},
		Fronts: r.files.fronts, From: r.files.from,
	})
	return &model{in, m}, err
}

// noneAlone reports that no imported model is wanted by itself.
func noneAlone(*model) bool { return false }

// compile is models, once it is known what they are. Imported ones stay that
// are wanted by themselves. Its error is that somebody broke it off.
func compile(ins []input, read *reader, days pipeline.Days, alone func(*model) bool) ([]*model, error) {
	ctx, stop := attentive()
	defer stop()
	all := make([]*model, len(ins))
	errs := make([]error, len(ins))
	each(len(all), func(i int) { all[i], errs[i] = read.load(ctx, ins[i]) })
	if err := errors.Join(errs...); err != nil {
		return nil, brokenOff(err)
	}
	all = entries(all, alone)
	return all, brokenOff(read.compileOn(ctx, all, days))
}

// brokenOff is the error of a run whose context has ended.
func brokenOff(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// entries leaves out the models that others import, less those that are wanted
// by themselves. Of models that import each other, which is an error, the first
// stays.
func entries(all []*model, alone func(*model) bool) []*model {
	if len(all) == 1 {
		return all
	}
	imports := make([]map[string]bool, len(all))
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = identity(m.input)
		imports[i] = make(map[string]bool)
		for _, path := range m.Imports {
			imports[i][fileIdentity(path)] = true
		}
	}
	var out []*model
	for i, m := range all {
		imported := false
		for j := range all {
			mutual := imports[i][ids[j]]
			if j != i && imports[j][ids[i]] && (!mutual || j < i) {
				imported = true
				break
			}
		}
		if !imported || alone(m) {
			out = append(out, m)
		}
	}
	return out
}

// each calls f for 0 to n-1 on all cores and waits for it. A panic in one of
// them is raised here, where run can catch it.
func each(n int, f func(i int)) {
	if n == 1 {
		f(0)
		return
	}
	var (
		wg      sync.WaitGroup
		next    = make(chan int)
		mu      sync.Mutex
		crashed *crash
	)
	worker := func() {
		for i := range next {
			func() {
				defer func() {
					if p := recover(); p != nil {
						mu.Lock()
						defer mu.Unlock()
						if crashed == nil {
							crashed = crashOf(p)
						}
					}
				}()
				f(i)
			}()
		}
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(worker)
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	if crashed != nil {
		panic(crashed)
	}
}

// crashOf keeps a panic with the stack where it began: that of each within each
// has one.
func crashOf(p any) *crash {
	if inner, ok := p.(*crash); ok {
		return inner
	}
	return &crash{p, debug.Stack()}
}

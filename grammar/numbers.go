package grammar

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// The units of times, in milliseconds, and those of sizes, in bytes: as
// HAProxy's, they count in 1024.
var (
	timeUnits = map[string]int64{"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
	sizeUnits = map[string]int64{"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
)

// What people write for a unit, in lower case, and what the language does.
var (
	misspeltTimes = map[string]string{
		"ms": "ms", "msec": "ms", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
		"min": "m", "mins": "m", "minute": "m", "minutes": "m",
		"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d",
	}
	// kb is perhaps 1000.
	misspeltSizes = map[string]string{"k": "k", "m": "m", "g": "g", "kib": "k", "mib": "m", "gib": "g"}
)

// duration reads a time with its unit.
func duration(text string) (ast.Value, *fault) {
	const known = "units are ms, s, m, h, d"
	digits, unit := splitUnit(text)
	millis, ok := timeUnits[unit]
	switch {
	case digits == "":
		return nil, wrong("as in 30s; "+known, "%s is not a valid time", shown(text))
	case unit == "":
		return nil, wrong(known, "%s has no unit", shown(text))
	case !ok:
		f := wrong(known, "%s is not a valid unit of time", shown(unit)).at(len(digits), len(text))
		return nil, f.meant(misspeltTimes[strings.ToLower(unit)]).within(digits, "")
	case len(digits) > 9:
		return nil, wrong("", "%s is too long", shown(text))
	}
	return ast.Millis(amount(digits) * millis), nil
}

// size reads a number of bytes.
func size(text string) (ast.Value, *fault) {
	const known = "units are k, m, g"
	digits, unit := splitUnit(text)
	bytes, ok := sizeUnits[unit]
	switch {
	case digits == "":
		return nil, wrong("as in 512 or 64k; "+known, "%s is not a valid size", shown(text))
	case !ok:
		f := wrong(known, "%s is not a valid unit of size", shown(unit)).at(len(digits), len(text))
		return nil, f.meant(misspeltSizes[strings.ToLower(unit)]).within(digits, "")
	case len(digits) > 9:
		return nil, wrong("", "%s is too large", shown(text))
	}
	return ast.Bytes(amount(digits) * bytes), nil
}

func splitUnit(text string) (digits, unit string) {
	unit = strings.TrimLeft(text, "0123456789")
	return text[:len(text)-len(unit)], unit
}

// amount returns the number of at most nine digits.
func amount(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		panic("grammar: " + err.Error())
	}
	return n
}

// number is the reader of numbers within limits.
func number(noun string, least, most int) reader {
	return func(text string) (ast.Value, *fault) {
		n, err := strconv.Atoi(text)
		if !isDigits(text) {
			return nil, wrong(fmt.Sprintf("%s is a number in %d..%d", noun, least, most), "%s is not a valid number", shown(text))
		}
		if err != nil || n < least || n > most {
			return nil, wrong("", "%s is a number in %d..%d, not %s", noun, least, most, text)
		}
		return ast.Number(n), nil
	}
}

// offset is what is added to a port: 100, -1000.
func offset(text string) (ast.Value, *fault) {
	digits, negative := strings.CutPrefix(text, "-")
	n, err := strconv.Atoi(digits)
	if !isDigits(digits) || err != nil || n > 65534 {
		return nil, wrong("an offset is a number in -65534..65534", "%s is not a valid offset", shown(text))
	}
	if negative {
		n = -n
	}
	return ast.Number(n), nil
}

package guardrails

import (
	"fmt"
	"strings"
)

// This file holds, in CEL, the rules by which Scaleway's cloud controller manager (CCM) parses annotations of Services.
// CEL has no ParseInt, so numbers are read digit by digit, as strconv.ParseInt does with base 0.

// loadBalancer is the prefix of the annotations of the CCM.
const loadBalancer = "service.beta.kubernetes.io/scw-loadbalancer-"

// What portList puts into its list beside ports.
const (
	everyPort = "0"
	malformed = "-1"
)

// portNumber is a CEL expression of a port, 1 to 65535, that strconv.ParseInt reads with base 0 from the value of a
// variable; malformed is what it cannot read, and what is no port: the CCM then fails.
func portNumber(variable string) string {
	digits := func(last string, weights ...int) string {
		places, factors := []string{}, []string{}
		for i, weight := range weights {
			places, factors = append(places, fmt.Sprint(i)), append(factors, fmt.Sprint(weight))
		}
		return expand(`[{e}.replace('_', '').lowerAscii().find('{last}')].map(d, size(d) > {n} ? {malformed} : `+
			`[['{zeros}' + d].map(z, [{places}].map(i, '0123456789abcdef'.indexOf(z.charAt(size(d) + i)) * `+
			`[{factors}][i]).sum())[0]]`+
			`.map(v, v > 0 && v < 65536 ? v : {malformed})[0])[0]`,
			"last", last, "n", fmt.Sprint(len(weights)), "zeros", strings.Repeat("0", len(weights)),
			"places", strings.Join(places, ", "), "factors", strings.Join(factors, ", "))
	}
	binary := []int{}
	for i := 15; i >= 0; i-- {
		binary = append(binary, 1<<i)
	}
	return expand(`({e}.matches('^[+]?[1-9](_?[0-9])*$') ? `+
		`[{e}.replace('_', '').replace('+', '')].map(d, size(d) < 6 && int(d) < 65536 ? int(d) : {malformed})[0] : `+
		`{e}.matches('^[+]?0[xX](_?[0-9a-fA-F])+$') ? {hexadecimal} : `+
		`{e}.matches('^[+]?0[oO]?(_?[0-7])+$') ? {octal} : `+
		`{e}.matches('^[+]?0[bB](_?[01])+$') ? {binary} : {malformed})`,
		"hexadecimal", digits("[1-9a-f][0-9a-f]*$", 4096, 256, 16, 1),
		"octal", digits("[1-7][0-7]*$", 32768, 4096, 512, 64, 8, 1),
		"binary", digits("1[01]*$", binary...),
		"malformed", malformed, "e", variable)
}

// portList is a CEL expression of the ports that the CCM reads from a value: a list of ports, everyPort or malformed.
func portList(value string) string {
	return expand(`[{value}].map(r, r in ['t', 'T', 'TRUE', 'true', 'True', '*'] ? [{every}] : `+
		`r in ['', 'f', 'F', 'FALSE', 'false', 'False'] ? [] : r.replace(' ', '').split(',').map(e, {number}))[0]`,
		"value", value, "every", everyPort, "number", portNumber("e"))
}

// inPorts and failsFor are CEL expressions: the CCM finds a port in a list, or fails before it does. It reads from the
// left and stops at the port.
func inPorts(ports, port string) string {
	return expand(`({every} in {ports} || {port} in {ports} && !{fails})`, "fails", failsFor(ports, port),
		"every", everyPort, "ports", ports, "port", port)
}

func failsFor(ports, port string) string {
	return expand(`({malformed} in {ports} && (!({port} in {ports}) || {ports}.indexOf({malformed}) < `+
		`{ports}.indexOf({port})))`,
		"malformed", malformed, "ports", ports, "port", port)
}

// certificateIDs matches a list of certificates as the CCM takes it: it cuts off what stands before a "/". An id that
// is no UUID is one that no certificate has.
const certificateIDs = `^([^/,]*/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}` +
	`(,([^/,]*/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})*$`

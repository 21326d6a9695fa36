package guardrails

import (
	"fmt"
	"strings"
)

// This file expresses in CEL how Scaleway's cloud controller manager (CCM) parses annotations of Services. CEL has no
// ParseInt, so the expressions parse numbers digit by digit, like strconv.ParseInt with base 0.

// loadBalancerPrefix is the prefix of the CCM's annotations.
const loadBalancerPrefix = "service.beta.kubernetes.io/scw-loadbalancer-"

// Values in the list of portList that are not ports.
const (
	everyPort     = "0"
	malformedPort = "-1"
)

// portNumber returns a CEL expression that parses a port, 1 to 65535, from the value of a variable like
// strconv.ParseInt with base 0. For other values, on which the CCM fails, the result is malformedPort.
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
		"malformed", malformedPort, "e", variable)
}

// portList returns a CEL expression for the list of ports that the CCM reads from a value. Its elements are ports,
// everyPort or malformedPort.
func portList(value string) string { return portLists(value) + "[0]" }

// portLists returns a CEL expression for the list of the port lists of values. One expression for several values
// compiles faster than one for each: it is the largest part of the policies on Load Balancers.
func portLists(values ...string) string {
	return expand(`[{values}].map(r, r in ['t', 'T', 'TRUE', 'true', 'True', '*'] ? [{every}] : `+
		`r in ['', 'f', 'F', 'FALSE', 'false', 'False'] ? [] : r.replace(' ', '').split(',').map(e, {number}))`,
		"values", strings.Join(values, ", "), "every", everyPort, "number", portNumber("e"))
}

// inPorts returns a CEL expression that reports whether the CCM finds a port in a list. The CCM reads the list from the
// left and stops at the port.
func inPorts(ports, port string) string {
	return expand(`({every} in {ports} || {port} in {ports} && !{fails})`, "fails", failsForPort(ports, port),
		"every", everyPort, "ports", ports, "port", port)
}

// failsForPort returns a CEL expression that reports whether the CCM fails before it finds a port in a list.
func failsForPort(ports, port string) string {
	return expand(`({malformed} in {ports} && (!({port} in {ports}) || {ports}.indexOf({malformed}) < `+
		`{ports}.indexOf({port})))`,
		"malformed", malformedPort, "ports", ports, "port", port)
}

// certificateIDPattern matches a list of certificate IDs that the CCM accepts. The CCM ignores the part of an ID before
// "/". An ID that is not a UUID belongs to no certificate.
const certificateIDPattern = `^([^/,]*/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}` +
	`(,([^/,]*/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})*$`

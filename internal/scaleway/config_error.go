package scaleway

import (
	"fmt"
	"strconv"
	"strings"
)

// Finding is one thing that is wrong with the configuration.
type Finding struct {
	// Setting is the attribute of the provider block, or what else is at fault.
	Setting string
	// Problem continues "Setting …": what is wrong, what was found (never a secret), and where it came from.
	Problem string
	// Fix is what to set.
	Fix string
}

// ConfigError says all that is wrong with the configuration at once. It holds no secret.
type ConfigError struct {
	Findings []Finding
	// LookedAt are the sources, the one that wins first.
	LookedAt []string
}

// Error lists the findings, then what was looked at.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString("the provider cannot be configured:")
	for _, finding := range e.Findings {
		fmt.Fprintf(&b, "\n- %s %s; %s", finding.Setting, finding.Problem, finding.Fix)
	}
	if len(e.LookedAt) > 0 {
		b.WriteString("\nlooked at, for each setting on its own, the first that has it wins:")
		for i, source := range e.LookedAt {
			fmt.Fprintf(&b, "\n%d. %s", i+1, source)
		}
	}
	return b.String()
}

func (e *ConfigError) add(one setting, problem, from string) {
	if from != "" {
		problem += " (from " + from + ")"
	}
	fix := fmt.Sprintf(
		"set %s, or %s in the provider block, or %s in the config file; %s", one.variables[0], one.name, one.key, one.fix,
	)
	e.Findings = append(e.Findings, Finding{Setting: one.name, Problem: problem, Fix: fix})
}

// lookedAt describes the sources in the order in which they win.
func lookedAt(s Settings, file configFile, active profile) []string {
	content := ""
	if file.state != "" {
		content = " (" + file.state + ")"
	}
	sources := []string{"environment variables, SCW_ACCESS_KEY and the like", "the provider block"}
	if s.Profile != "" {
		sources = append(
			sources, fmt.Sprintf("profile %q, which the provider block names, of %s%s", s.Profile, file.path, content),
		)
	}
	name := "its active profile"
	if active.name != "" {
		name = fmt.Sprintf("its active profile %q", active.name)
	}
	return append(sources,
		fmt.Sprintf("the config file %s%s, %s", file.path, content, name),
		fmt.Sprintf("the defaults: region %s, zone %s, api_url %s", defaultRegion, defaultZone, defaultAPIURL))
}

func quoted(value string) string { return strconv.Quote(value) }

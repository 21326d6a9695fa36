package scaleway

import (
	"fmt"
	"strconv"
	"strings"
)

// ConfigProblem is one problem of the configuration.
type ConfigProblem struct {
	// Setting is the attribute of the provider block, or another source of the problem such as "config file".
	Setting string
	// Message continues the sentence that Setting begins: what is wrong, the value found (never a secret) and its
	// source.
	Message string
	// Fix is the next step.
	Fix string
}

// ConfigError lists all problems of the configuration. It contains no secrets.
type ConfigError struct {
	Problems []ConfigProblem
	// Sources lists the sources of settings in order of precedence.
	Sources []string

	isCommand bool // The settings are flags of a command, not a provider block.
}

// Error lists the problems, then the sources of settings.
func (e *ConfigError) Error() string {
	var b strings.Builder
	if e.isCommand {
		b.WriteString("the credentials or settings cannot be used:")
	} else {
		b.WriteString("the provider cannot be configured:")
	}
	for _, finding := range e.Problems {
		fmt.Fprintf(&b, "\n- %s %s; %s", finding.Setting, finding.Message, finding.Fix)
	}
	if len(e.Sources) > 0 {
		b.WriteString("\nsources in order of precedence; each setting is taken from the first source that sets it:")
		for i, source := range e.Sources {
			fmt.Fprintf(&b, "\n%d. %s", i+1, source)
		}
	}
	return b.String()
}

// add appends a problem of a setting; from is the source of its value, or "".
func (e *ConfigError) add(field setting, problem, from string) {
	if from != "" {
		problem += " (from " + from + ")"
	}
	fix := fmt.Sprintf("set %s, or %s in the provider block", field.variables[0], field.name)
	if e.isCommand {
		fix = "set " + field.variables[0]
	}
	if field.key != "" {
		fix += fmt.Sprintf(", or %s in the config file", field.key)
	}
	fix += "; " + field.fix
	e.Problems = append(e.Problems, ConfigProblem{Setting: field.name, Message: problem, Fix: fix})
}

// describeSources describes the sources of settings in order of precedence.
func describeSources(s Settings, file configFile, active profile) []string {
	state := ""
	if file.loadProblem != "" {
		state = " (" + file.loadProblem + ")"
	}
	sources, setBy := []string{"environment variables such as SCW_ACCESS_KEY"}, s.ProfileFlag
	if s.ProfileFlag == "" {
		sources, setBy = append(sources, "the provider block"), "profile in the provider block"
	}
	if s.Profile != "" {
		sources = append(sources, fmt.Sprintf("profile %q of %s%s, set by %s", s.Profile, file.path, state, setBy))
	}
	activeName := "its active profile"
	if active.name != "" {
		activeName = fmt.Sprintf("its active profile %q", active.name)
	}
	return append(sources,
		fmt.Sprintf("the config file %s%s, %s", file.path, state, activeName),
		fmt.Sprintf("the defaults: region %s, zone %s, api_url %s", defaultRegion, defaultZone, defaultAPIURL))
}

func quoted(value string) string { return strconv.Quote(value) }

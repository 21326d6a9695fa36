package cluster

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func checkProjectID(id string) error {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return fmt.Errorf("the Project is not a UUID: %q; use the id from the console, such as "+
			"11111111-2222-3333-4444-555555555555", id)
	}
	return nil
}

func checkDuration(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		return &compliance.Problem{Summary: "The duration is negative", Found: strconv.Quote(text),
			Allowed: "zero or more",
			Fix:     fmt.Sprintf("Write %q, or leave it out for the default.", strings.TrimPrefix(text, "-"))}
	}
	if err != nil {
		return &compliance.Problem{Summary: "The value is not a duration", Found: strconv.Quote(text),
			Allowed: "a number and a unit, zero or more", Fix: `Write a duration such as "10m" or "90s".`}
	}
	return nil
}

// checkIssuer returns an error if kube-apiserver does not accept the URL of an issuer.
func checkIssuer(text string) error {
	problem := &compliance.Problem{Summary: "The API server does not accept the URL of the issuer",
		Allowed: "an https URL with a host and without user name, query and fragment",
		Fix:     "Use the value of the iss claim of the issuer's tokens, such as \"https://login.example.org\"."}
	parsed, err := url.Parse(text)
	found := func(what string) error {
		problem.Found = strconv.Quote(text) + ", " + what
		return problem
	}
	switch {
	case err != nil && strings.Contains(text, "@"):
		problem.Found = "text that is not a URL" // it may contain a password
		return problem
	case err != nil:
		return found("which is not a URL")
	case parsed.User != nil:
		problem.Found = "a URL with a user name or a password"
		return problem
	case !strings.HasPrefix(text, "https://"):
		return found("which does not start with https://")
	case parsed.Hostname() == "":
		return found("which has no host")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return found("which has a query")
	case parsed.Fragment != "" || strings.HasSuffix(text, "#"):
		return found("which has a fragment")
	case strings.Contains(parsed.Path, "/.well-known/"):
		problem.Fix = fmt.Sprintf(
			"Write %q: the API server appends the rest.", text[:strings.Index(text, "/.well-known/")],
		)
		return found("which is the address of a document below /.well-known/")
	}
	if port := parsed.Port(); port != "" {
		if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
			return found("which has an invalid port")
		}
	}
	return nil
}

// checkClaim returns an error if a text cannot be the name of a claim.
func checkClaim(name string) error {
	if strings.TrimSpace(name) == "" {
		return &compliance.Problem{Summary: "A claim has no name", Found: strconv.Quote(name), Allowed: `the name of ` +
			`a ` +
			`claim, such as "groups"`,
			Fix: "Remove the entry, or write the name of a claim."}
	}
	return compliance.CheckSingleLine("The name of a claim", name)
}

func checkRequiredClaim(text string) error {
	if key, value, ok := strings.Cut(text, "="); ok && strings.TrimSpace(key) != "" && strings.TrimSpace(value) != "" {
		return compliance.CheckSingleLine("A required claim", text)
	}
	return &compliance.Problem{Summary: "A required claim is not key=value", Found: strconv.Quote(text),
		Allowed: `the name of a claim, "=", and its required value`, Fix: `Write a claim with its value, such as ` +
			`"hd=example.org".`}
}

func checkFeatureGate(name string) error {
	return checkIdentifier("feature gate", "HPAScaleToZero", name)
}

func checkAdmissionPlugin(name string) error {
	return checkIdentifier("admission plug-in", "AlwaysPullImages", name)
}

// checkIdentifier returns an error if a text cannot be the name of a feature gate or an admission plug-in. The plan
// checks whether the version offers it.
func checkIdentifier(what, example, name string) error {
	isWord := func(text string) bool {
		return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		})
	}
	if isWord(name) {
		return nil
	}
	problem := &compliance.Problem{Summary: "The value is not the name of a " + what, Found: strconv.Quote(name),
		Allowed: "letters and digits, such as " + strconv.Quote(example),
		Fix:     "Write only the name, or remove it from the set."}
	if strings.HasPrefix(what, "a") {
		problem.Summary = "The value is not the name of an " + what
	}
	switch before, value, found := strings.Cut(name, "="); {
	case found && isWord(before) && value == "false":
		problem.Fix = fmt.Sprintf("Remove %q: only listed names are enabled.", name)
	case found && isWord(before):
		problem.Fix = fmt.Sprintf("Write %q: each listed name is enabled.", before)
	case isWord(strings.TrimSpace(name)):
		problem.Fix = fmt.Sprintf("Write %q.", strings.TrimSpace(name))
	}
	return problem
}

// checkOIDC adds errors for duplicate claims, and warnings for prefixes that allow the issuer to name built-in
// identities of the API server.
func checkOIDC(ctx context.Context, m *commonModel, diags *diag.Diagnostics) {
	config, ok := decodeObject[oidc](ctx, m.OIDC, diags)
	if !ok {
		return
	}
	at := path.Root("oidc")
	once := func(name string, list types.List, key func(string) string, summary string) {
		seen := map[string]bool{}
		for _, text := range stringsFromList(list) {
			if seen[key(text)] && text != "" {
				tfkit.AddError(diags, at.AtName(name), tfkit.Problem{Summary: summary, Found: strconv.Quote(key(text)),
					Allowed: "each claim once",
					Fix:     "Remove one of the two: the API server accepts each claim only once."})
			}
			seen[key(text)] = true
		}
	}
	once("groups_claim", config.GroupsClaim, func(text string) string { return text }, "A claim is listed twice")
	once(
		"required_claim", config.RequiredClaim, func(text string) string {
			key, _, _ := strings.Cut(text,
				"=")
			return key
		}, "A claim is required twice",
	)
	const ownPrefix = `your own prefix, such as "oidc:"`
	warn := func(name, summary, found, allowed, fix string) {
		tfkit.AddWarning(diags, at.AtName(name), tfkit.Problem{Summary: summary, Clause: "IAM-02", Found: found,
			Allowed: allowed, Fix: fix})
	}
	for _, prefix := range []struct {
		name string
		text types.String
	}{{"username_prefix", config.UsernamePrefix}, {"groups_prefix", config.GroupsPrefix}} {
		if text := prefix.text.ValueString(); strings.HasPrefix(text, "system:") {
			warn(prefix.name, "The prefix is reserved for built-in identities of the API server", strconv.Quote(text),
				ownPrefix,
				"Choose another prefix: with this one, the issuer could grant built-in identities of the API server, "+
					"such as system:masters.")
		}
	}
	if config.UsernamePrefix.ValueString() == "-" {
		warn("username_prefix", "User names have no prefix", `username_prefix "-"`, ownPrefix,
			"Choose a prefix, unless the issuer never issues names such as system:kube-scheduler: without a prefix, "+
				"a token can name such a user.")
	}
	if tfkit.HasValue(config.GroupsPrefix) && !config.GroupsClaim.IsUnknown() &&
		len(config.GroupsClaim.Elements()) == 0 {
		warn("groups_prefix", "The prefix of groups has no effect", fmt.Sprintf(
			"groups_prefix %q without groups_claim", config.GroupsPrefix.ValueString(),
		),
			"groups_prefix together with groups_claim", "Set `groups_claim`, or remove `groups_prefix`.")
	}
}

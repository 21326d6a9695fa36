package clusters

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
		return fmt.Errorf("the Project is not a UUID: %q; write it as in the console, such as "+
			"11111111-2222-3333-4444-555555555555", id)
	}
	return nil
}

func checkDuration(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		return &compliance.Refusal{Summary: "The duration is negative", Found: strconv.Quote(text), Allowed: "zero or more",
			Fix: fmt.Sprintf("Write %q, or leave it out for the default.", strings.TrimPrefix(text, "-"))}
	}
	if err != nil {
		return &compliance.Refusal{Summary: "The value is not a duration", Found: fmt.Sprintf(
			"%q, which is not a duration", text,
		),
			Allowed: "a number and a unit, zero or more", Fix: `Write it as in "10m" or "90s".`}
	}
	return nil
}

// checkIssuer accepts what kube-apiserver accepts as the URL of an issuer.
func checkIssuer(text string) error {
	refusal := &compliance.Refusal{Summary: "The URL of the issuer is not one that the API server accepts",
		Allowed: "an https URL with a host, and with neither user name, query nor fragment",
		Fix:     "Write the issuer's URL as its tokens have it in the claim iss, such as \"https://login.example.org\"."}
	parsed, err := url.Parse(text)
	found := func(what string) error {
		refusal.Found = strconv.Quote(text) + ", " + what
		return refusal
	}
	switch {
	case err != nil && strings.Contains(text, "@"):
		refusal.Found = "a text that is no URL" // it may hold a password
		return refusal
	case err != nil:
		return found("which is no URL")
	case parsed.User != nil:
		refusal.Found = "a URL with a user name or a password"
		return refusal
	case !strings.HasPrefix(text, "https://"):
		return found("which does not start with https://")
	case parsed.Hostname() == "":
		return found("which has no host")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return found("which has a query")
	case parsed.Fragment != "" || strings.HasSuffix(text, "#"):
		return found("which has a fragment")
	case strings.Contains(parsed.Path, "/.well-known/"):
		refusal.Fix = fmt.Sprintf("Write %q: the API server adds the rest.", text[:strings.Index(text, "/.well-known/")])
		return found("which is the address of a document below /.well-known/")
	}
	if port := parsed.Port(); port != "" {
		if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
			return found("which has a port that does not exist")
		}
	}
	return nil
}

// checkClaim refuses what cannot be the name of a claim.
func checkClaim(name string) error {
	if strings.TrimSpace(name) == "" {
		return &compliance.Refusal{Summary: "A claim has no name", Found: strconv.Quote(name), Allowed: `the name of a ` +
			`claim, such as "groups"`,
			Fix: "Remove it, or write the name."}
	}
	return compliance.CheckWord("The name of a claim", name)
}

func checkRequiredClaim(text string) error {
	if key, value, ok := strings.Cut(text, "="); ok && strings.TrimSpace(key) != "" && strings.TrimSpace(value) != "" {
		return compliance.CheckWord("A required claim", text)
	}
	return &compliance.Refusal{Summary: "A required claim is not key=value", Found: strconv.Quote(text),
		Allowed: `the name of a claim, "=", and the value that it must have`, Fix: `Write it as in "hd=example.org".`}
}

func checkGate(name string) error { return checkIdentifier("feature gate", "HPAScaleToZero", name) }

func checkPlugin(name string) error {
	return checkIdentifier("admission plug-in", "AlwaysPullImages", name)
}

// checkIdentifier refuses what cannot be the name of a feature gate or an admission plug-in. Which there are is for the
// version to say.
func checkIdentifier(what, example, name string) error {
	isWord := func(text string) bool {
		return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		})
	}
	if isWord(name) {
		return nil
	}
	refusal := &compliance.Refusal{Summary: "The value is not the name of a " + what, Found: strconv.Quote(name),
		Allowed: "letters and digits, such as " + strconv.Quote(example), Fix: "Write the name alone, or leave the " +
			"attribute out."}
	if strings.HasPrefix(what, "a") {
		refusal.Summary = "The value is not the name of an " + what
	}
	switch before, value, found := strings.Cut(name, "="); {
	case found && isWord(before) && value == "false":
		refusal.Fix = fmt.Sprintf("Remove %q: what is not listed is not enabled.", name)
	case found && isWord(before):
		refusal.Fix = fmt.Sprintf("Write %q: what is listed is enabled.", before)
	case isWord(strings.TrimSpace(name)):
		refusal.Fix = fmt.Sprintf("Write %q.", strings.TrimSpace(name))
	}
	return refusal
}

// checkOIDC refuses claims that are given twice, and warns of prefixes that let an issuer name the API server's own
// identities.
func checkOIDC(ctx context.Context, m *Model, diags *diag.Diagnostics) {
	config, ok := object[oidc](ctx, m.OIDC, diags)
	if !ok {
		return
	}
	at := path.Root("oidc")
	once := func(name string, list types.List, key func(string) string, summary string) {
		seen := map[string]bool{}
		for _, text := range listOf(list) {
			if seen[key(text)] && text != "" {
				tfkit.Refuse(diags, at.AtName(name), tfkit.Refusal{Summary: summary, Found: strconv.Quote(key(text)),
					Allowed: "each claim once",
					Fix:     "Remove one of the two: the API server accepts a claim once."})
			}
			seen[key(text)] = true
		}
	}
	once("groups_claim", config.GroupsClaim, func(text string) string { return text }, "A claim is named twice")
	once(
		"required_claim", config.RequiredClaim, func(text string) string {
			key, _, _ := strings.Cut(text,
				"=")
			return key
		}, "A claim is required twice",
	)
	warn := func(name, summary, found, fix string) {
		tfkit.Warn(diags, at.AtName(name), tfkit.Refusal{Summary: summary, Clause: "IAM-02", Found: found,
			Allowed: `a prefix of your own, such as "oidc:"`, Fix: fix})
	}
	const system = "The issuer decides who is a user or a group of the API server itself, such as system:masters. "
	for _, prefix := range []struct {
		name string
		text types.String
	}{{"username_prefix", config.UsernamePrefix}, {"groups_prefix", config.GroupsPrefix}} {
		if text := prefix.text.ValueString(); strings.HasPrefix(text, "system:") {
			warn(prefix.name, "The prefix is that of the API server's own identities", strconv.Quote(text), system+"Choose "+
				"another prefix.")
		}
	}
	if config.UsernamePrefix.ValueString() == "-" {
		warn("username_prefix", "User names have no prefix", `username_prefix "-"`,
			"A token can then name a user such as system:kube-scheduler. Choose a prefix, unless the issuer never gives out "+
				"such names.")
	}
	if Known(config.GroupsPrefix) && !config.GroupsClaim.IsUnknown() && len(config.GroupsClaim.Elements()) == 0 {
		warn("groups_prefix", "The prefix of groups has no effect", fmt.Sprintf(
			"groups_prefix %q without groups_claim", config.GroupsPrefix.ValueString(),
		),
			"Name the claim in `groups_claim`, or remove `groups_prefix`.")
	}
}

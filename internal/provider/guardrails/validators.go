package guardrails

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// passphraseValidator checks a passphrase. Its errors contain no character of the passphrase.
type passphraseValidator struct{}

func (passphraseValidator) Description(context.Context) string {
	return fmt.Sprintf("at least %d characters", guardrails.MinPassphraseLength)
}

func (p passphraseValidator) MarkdownDescription(ctx context.Context) string {
	return p.Description(ctx)
}

func (passphraseValidator) ValidateString(
	_ context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	n := utf8.RuneCountInString(text)
	_, size := utf8.DecodeRuneInString(text)
	switch {
	case strings.TrimSpace(text) != text:
		tfkit.AddError(&resp.Diagnostics, req.Path, tfkit.Problem{
			Summary: "The passphrase starts or ends with white space",
			Clause:  "HDS-ENC-07",
			Allowed: "a passphrase without leading and trailing white space",
			Fix: "Remove the white space, such as the newline at the end of a file: " +
				"trimspace(file(\"passphrase\")).",
		})
	case n >= guardrails.MinPassphraseLength && strings.Repeat(text[:size], n) == text:
		tfkit.AddError(&resp.Diagnostics, req.Path, tfkit.Problem{
			Summary: "The passphrase is one repeated character", Clause: "HDS-ENC-07",
			Found: fmt.Sprintf("one character, repeated %d times", n), Allowed: "a random passphrase",
			Fix: "Generate one, for example with `openssl rand -base64 48`, and store it in a secret manager.",
		})
	case n < guardrails.MinPassphraseLength:
		tfkit.AddError(&resp.Diagnostics, req.Path, tfkit.Problem{
			Summary: "The passphrase is too short", Clause: "HDS-ENC-07", Found: fmt.Sprintf("%d characters", n),
			Allowed: fmt.Sprintf("%d characters or more", guardrails.MinPassphraseLength),
			Fix: "Generate a random passphrase, for example with `openssl rand -base64 48`, and store it in a secret " +
				"manager. If no Secret has to be written, pass null.",
		})
	}
}

func dnsNameValidator() validator.String {
	return tfkit.StringValidator("The value must be a valid Kubernetes name.", func(value string) error {
		if len(validation.IsDNS1123Label(value)) == 0 {
			return nil
		}
		return &compliance.Problem{Summary: "The name is not a valid Kubernetes name", Found: fmt.Sprintf("%q", value),
			Allowed: "at most 63 lower-case letters, digits and -, without - at the start or the end",
			Fix:     `Write a name such as "team-a".`}
	})
}

func dateValidator() validator.String {
	return tfkit.StringValidator("The value must be a date, YYYY-MM-DD.", func(value string) error {
		if _, err := time.Parse(time.DateOnly, value); err == nil {
			return nil
		}
		return &compliance.Problem{
			Summary: "The value is not a date", Found: fmt.Sprintf("%q", value),
			Allowed: "an existing date, as YYYY-MM-DD", Fix: `Write year, month and day, as in "2026-12-31".`,
		}
	})
}

// checkStatement refuses an exemption or an exception without a reason or an approver.
func checkStatement(name, text string) error {
	if strings.TrimSpace(text) != "" {
		return compliance.CheckDeclaration("", "The "+name+" of an entry", text)
	}
	return &compliance.Problem{Summary: "The " + name + " of an entry is empty", Found: fmt.Sprintf("%q", text),
		Allowed: "text that a reviewer can check", Fix: "Set why the namespace is listed, and who approved it."}
}

// checkClusterID refuses a value that is not the id of a cluster in fr-par.
func checkClusterID(id string) error {
	region, _, err := scaleway.SplitID(id, scw.RegionFrPar)
	if err != nil {
		return &compliance.Problem{Summary: "The id of the cluster is malformed", Found: err.Error(),
			Allowed: "fr-par/UUID, or a UUID alone",
			Fix:     "Set the id of an srm_hds_cluster."}
	}
	return compliance.CheckRegion(string(region))
}

// namespaceValidator returns a validator that refuses the namespaces that every cluster has: the namespace of the
// guardrails is isolated.
func namespaceValidator() validator.String {
	return tfkit.StringValidator("The value must be the name of a namespace without workloads.",
		func(value string) error {
			if value != "default" && !strings.HasPrefix(value, "kube-") {
				return nil
			}
			return &compliance.Problem{
				Rule: compliance.Rule{Clause: "HDS-ENC-03"}, Summary: "The namespace of the Secrets is a system " +
					"namespace",
				Found: value, Allowed: "a namespace without workloads, such as srm-system: not default, and none " +
					"that begins with kube-",
				Fix: "Remove the attribute, or choose another namespace: a NetworkPolicy denies all traffic in it, " +
					"and its Pod Security labels refuse most pods.",
			}
		})
}

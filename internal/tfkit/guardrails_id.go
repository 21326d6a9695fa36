package tfkit

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// guardrailsSuffix ends the id of guardrails, which is otherwise the id of their cluster.
const guardrailsSuffix = "/guardrails"

// GuardrailsID returns the id of the guardrails of a cluster in fr-par: "fr-par/UUID/guardrails". It has a shape of its
// own, so that the id of the cluster does not pass for it.
func GuardrailsID(clusterUUID string) string {
	return scaleway.JoinID(scw.Region(compliance.Region), clusterUUID) + guardrailsSuffix
}

// ParseGuardrailsID returns the UUID of the cluster that the id of guardrails names. Any other id is an error that says
// what to write.
func ParseGuardrailsID(id string) (clusterUUID string, err error) {
	cluster, found := strings.CutSuffix(id, guardrailsSuffix)
	if found && strings.HasPrefix(cluster, compliance.Region+"/") && strings.TrimSpace(cluster) == cluster {
		if _, uuid, err := scaleway.SplitID(cluster, ""); err == nil {
			return uuid, nil
		}
	}
	refusal := &compliance.Refusal{
		Rule:    compliance.RuleFor("HDS-ENC-03"),
		Summary: "The value is not the id of guardrails",
		Found:   fmt.Sprintf("%q", id),
		Allowed: compliance.Region + "/UUID" + guardrailsSuffix + ", where UUID is that of the cluster",
		Fix:     "Write a reference to the guardrails of the cluster, as in srm_hds_guardrails.example.id.",
	}
	if region, _, err := scaleway.SplitID(id, scw.Region(compliance.Region)); err == nil && !found {
		refusal.Found += ", which may be the id of a cluster in " + string(region) + ": it does not say that guardrails exist"
	}
	return "", refusal
}

// NormalizeGuardrailsID returns the one spelling of the id of guardrails; any other text stays as it is.
func NormalizeGuardrailsID(id string) string {
	uuid, err := ParseGuardrailsID(id)
	if err != nil {
		return id
	}
	return GuardrailsID(uuid)
}

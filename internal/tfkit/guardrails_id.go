package tfkit

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// guardrailsSuffix follows the id of the cluster in the id of its guardrails.
const guardrailsSuffix = "/guardrails"

// GuardrailsID returns the id of the guardrails of a cluster in fr-par: "fr-par/UUID/guardrails". Its form differs from
// a cluster's id, so that a cluster's id is not accepted instead.
func GuardrailsID(clusterUUID string) string {
	return scaleway.JoinID(scw.Region(compliance.Region), clusterUUID) + guardrailsSuffix
}

// ParseGuardrailsID returns the UUID of the cluster in the id of guardrails. The error is a *compliance.Problem.
func ParseGuardrailsID(id string) (clusterUUID string, err error) {
	cluster, found := strings.CutSuffix(id, guardrailsSuffix)
	if found && strings.HasPrefix(cluster, compliance.Region+"/") && strings.TrimSpace(cluster) == cluster {
		if _, uuid, err := scaleway.SplitID(cluster, ""); err == nil {
			return uuid, nil
		}
	}
	problem := &compliance.Problem{
		Rule:    compliance.RuleFor("HDS-ENC-03"),
		Summary: "The value is not the id of an srm_hds_guardrails",
		Found:   fmt.Sprintf("%q", id),
		Allowed: compliance.Region + "/UUID" + guardrailsSuffix + ", with the UUID of the cluster",
		Fix:     "Use a reference to the guardrails of the cluster, such as srm_hds_guardrails.example.id.",
	}
	if region, _, err := scaleway.SplitID(id, scw.Region(compliance.Region)); err == nil && !found {
		problem.Found += ", which looks like the id of a cluster in " + string(region) + ": it does not show that " +
			"the cluster has guardrails"
	}
	return "", problem
}

// NormalizeGuardrailsID returns the canonical form of the id of guardrails, and any other text unchanged.
func NormalizeGuardrailsID(id string) string {
	uuid, err := ParseGuardrailsID(id)
	if err != nil {
		return id
	}
	return GuardrailsID(uuid)
}

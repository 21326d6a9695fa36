package cluster

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// warnAboutPoolsBehind warns about pools that were not upgraded with their cluster to a minor.
func warnAboutPoolsBehind(behind []*k8s.Pool, to lifecycle.Minor, diags *diag.Diagnostics) {
	if len(behind) == 0 {
		return
	}
	found := []string{}
	for _, pool := range behind {
		text := fmt.Sprintf(
			"pool %q (%s) runs %s, status %s", pool.Name, scaleway.JoinID(pool.Region, pool.ID), pool.Version,
			pool.Status,
		)
		if pool.ErrorMessage != nil && *pool.ErrorMessage != "" {
			text += ": " + *pool.ErrorMessage
		}
		found = append(found, text)
	}
	tfkit.AddWarning(diags, path.Root("upgrade_pools"), tfkit.Problem{
		Summary: "Pools were not upgraded with the cluster", Clause: lifecycle.UpgradeClause,
		Found:   strings.Join(found, "; "),
		Allowed: "ready pools that run the cluster's minor",
		Fix: fmt.Sprintf("Check these pools in the Scaleway console. Once they are ready, upgrade them: set "+
			"`version` of their resources to %q, or use `scw k8s pool upgrade`.", to),
	})
}

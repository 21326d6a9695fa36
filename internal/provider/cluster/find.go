package cluster

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// notOne says that a name stands for no cluster, or for several.
func notOne(found []*k8s.Cluster, wanted scaleway.ClusterFilter, region scw.Region) tfkit.Refusal {
	where := "in " + string(region)
	if wanted.ProjectID != "" {
		where += ", in Project " + wanted.ProjectID
	}
	if len(found) == 0 {
		return tfkit.Refusal{
			Summary: fmt.Sprintf("There is no cluster named %q %s", wanted.Name, where),
			Found:   "no cluster of exactly that name among those that the API key may see",
			Fix:     "Correct name, project_id or region, or give the id. A cluster of another region is found with region.",
		}
	}
	seen := make([]string, len(found))
	for i, one := range found {
		seen[i] = fmt.Sprintf("%s (Project %s, %s)", scaleway.JoinID(one.Region, one.ID), one.ProjectID, one.Status)
	}
	fix := "Give the id of the one that is meant in place of its name."
	if wanted.ProjectID == "" {
		fix = "Set project_id as well, or give the id of the one that is meant in place of its name."
	}
	return tfkit.Refusal{
		Summary: fmt.Sprintf("There are %d clusters named %q %s", len(found), wanted.Name, where),
		Found:   strings.Join(seen, ", "), Allowed: "a name that one cluster has", Fix: fix,
	}
}

package cluster

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// lookupProblem returns the problem that a name matches no cluster, or several clusters.
func lookupProblem(found []*k8s.Cluster, filter scaleway.ClusterFilter, region scw.Region) tfkit.Problem {
	where := "in " + string(region)
	if filter.ProjectID != "" {
		where += ", in Project " + filter.ProjectID
	}
	if len(found) == 0 {
		return tfkit.Problem{
			Summary: fmt.Sprintf("There is no cluster named %q %s", filter.Name, where),
			Found:   "no cluster with exactly this name that the API key can read",
			Fix:     "Correct name, project_id or region, or set id instead. Set region to search another region.",
		}
	}
	matches := make([]string, len(found))
	for i, c := range found {
		matches[i] = fmt.Sprintf("%s (Project %s, %s)", scaleway.JoinID(c.Region, c.ID), c.ProjectID, c.Status)
	}
	fix := "Set id instead of name."
	if filter.ProjectID == "" {
		fix = "Set project_id, or set id instead of name."
	}
	return tfkit.Problem{
		Summary: fmt.Sprintf("There are %d clusters named %q %s", len(found), filter.Name, where),
		Found:   strings.Join(matches, ", "), Allowed: "a name that exactly one cluster has", Fix: fix,
	}
}

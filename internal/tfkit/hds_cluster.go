package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// ReportHDSClusterReadError reports the error of reading the cluster of a pool or of guardrails. summary names the
// failed operation.
func ReportHDSClusterReadError(id, summary string, err error, report Reporter) {
	if !scaleway.IsNotFound(err) {
		report.ReportAPIError(summary, err)
		return
	}
	report.Report(path.Root("cluster_id"), Problem{
		Summary: "The cluster does not exist", Found: "no cluster " + scaleway.JoinID(
			scw.Region(compliance.Region), id,
		),
		Allowed: "an HDS cluster in " + compliance.Region,
		Fix: "Check the id. For a cluster of the same configuration use a reference, such as " +
			"srm_hds_cluster.example.id.",
	})
}

// CheckHDSCluster reports what disqualifies a cluster for health data: its offer, its region, no Private Network.
func CheckHDSCluster(cluster *k8s.Cluster, report Reporter) {
	at := path.Root("cluster_id")
	report.ReportCheckError(at, compliance.CheckClusterType(cluster.Type))
	report.ReportCheckError(at, compliance.CheckRegion(string(cluster.Region)))
	if cluster.PrivateNetworkID == nil {
		report.Report(at, Problem{
			Summary: "The cluster has no Private Network", Clause: "HDS-RES-02",
			Found:   "cluster " + cluster.Name + " without Private Network",
			Allowed: "a cluster on a Private Network in " + compliance.Region, Fix: "Use an srm_hds_cluster, which " +
				"always has one.",
		})
	}
}

// CheckHDSSettings checks the settings of a cluster that can change in place: auto-upgrade and the allow-list. It
// returns the allow-list, and false if it was not read. A cluster that is being created has no allow-list yet.
func (p *Provider) CheckHDSSettings(ctx context.Context, cluster *k8s.Cluster, report Reporter) ([]*k8s.ACLRule, bool) {
	at, report := path.Root("cluster_id"), report.ForMutable()
	if cluster.AutoUpgrade == nil || !cluster.AutoUpgrade.Enabled {
		report.Report(at, Problem{
			Summary: "Auto-upgrade of the cluster is off", Clause: "LIF-03",
			Found:   "cluster " + cluster.Name + " with auto-upgrade off",
			Allowed: "a cluster with auto-upgrade", Fix: "Use an srm_hds_cluster, which always enables it, or enable " +
				"it.",
		})
	}
	if cluster.Status == k8s.ClusterStatusCreating {
		return nil, false
	}
	rules, err := p.API.AllowList(ctx, scw.Region(compliance.Region), cluster.ID)
	if err != nil {
		report.ReportAPIError("Unable to read the allow-list of the cluster", err)
		return nil, false
	}
	if open, why := compliance.IsOpenToWorld(ParseAllowList(rules).Ranges); open {
		report.Report(at, Problem{
			Summary: "The cluster's API server is open to the world", Clause: "HDS-CTR-03", Found: why, Allowed: "an " +
				"allow-list of the ranges that need access",
			Fix: "Set allowed_ip_ranges of its srm_hds_cluster, or restrict its allow-list in the console. Then apply.",
		})
	}
	return rules, true
}

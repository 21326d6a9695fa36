package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// readGrants reads the IAM policies of the cluster's Organization.
func (r *inventoryReader) readGrants(ctx context.Context) assessment.Collection[inventory.Resource] {
	cluster := r.facts.Cluster.Value
	if cluster == nil {
		return assessment.Unread[inventory.Resource]("", *r.facts.Cluster.Missing())
	}
	c := &organizationCollector{
		collector: &collector{Sources: r.Sources, slots: r.slots}, id: cluster.OrganizationID,
		facts: &assessment.OrganizationFacts{},
	}
	c.readPolicies(ctx, "GET /iam/v1alpha1/")
	policies := c.facts.Policies
	gap := policies.Missing()
	found := []inventory.Resource{}
	for _, p := range policies.Items {
		gap = cmp.Or(gap, p.Rules.Missing())
		for _, rule := range p.Rules.Items {
			scope := "Organization"
			if rule.ProjectIDs != nil {
				if !slices.Contains(*rule.ProjectIDs, cluster.ProjectID) {
					continue
				}
				scope = "Project"
			}
			principal := "user/" + p.UserID
			switch {
			case p.GroupID != "":
				principal = "group/" + p.GroupID
			case p.ApplicationID != "":
				principal = "application/" + p.ApplicationID
			}
			found = append(found, inventory.Resource{
				ID: p.ID, UsedBy: principal, Detail: scope + ": " + strings.Join(rule.PermissionSets, ", "),
			})
		}
	}
	return collection(policies.Source, found, gap)
}

// outside returns what the cluster uses outside, from the facts of the Scaleway API.
func (r *inventoryReader) outside(grants assessment.Collection[inventory.Resource]) inventory.Outside {
	p := r.facts.Project
	services, volumes := map[string]string{}, map[string]string{}
	for _, s := range r.found.Services.Items {
		if s.LoadBalancerID != "" {
			services[s.LoadBalancerID] = s.ID()
		}
	}
	for _, v := range r.found.Volumes.Items {
		if v.Handle != "" {
			volumes[v.Handle] = "PersistentVolume/" + v.Name
		}
	}
	list := func(kind string, of assessment.Collection[inventory.Resource]) inventory.ResourceList {
		return inventory.ResourceList{Kind: kind, Collection: of}
	}
	lists := []inventory.ResourceList{
		list("load_balancer", outsideResources(p.LoadBalancers, func(l assessment.LoadBalancer) inventory.Resource {
			detail := ""
			if l.PublicIPs != nil {
				detail = strings.Join(*l.PublicIPs, ", ")
			}
			return inventory.Resource{
				ID: l.ID, Name: l.Name, Locality: l.Zone, UsedBy: services[l.Zone+"/"+l.ID], Detail: detail,
			}
		})),
		list("volume", outsideResources(p.Volumes, func(v assessment.Volume) inventory.Resource {
			return volumeResource(v, volumes)
		})),
		list("instance_volume", outsideResources(p.InstanceVolumes, func(v assessment.Volume) inventory.Resource {
			return volumeResource(v, volumes)
		})),
		list("snapshot", outsideResources(p.Snapshots, func(s assessment.Snapshot) inventory.Resource {
			one := inventory.Resource{ID: s.ID, Name: s.Name, Locality: s.Zone}
			if s.VolumeID != "" {
				one.UsedBy = cmp.Or(volumes[s.Zone+"/"+s.VolumeID], "volume/"+s.VolumeID)
			}
			if s.CreatedAt != nil {
				one.Detail = s.CreatedAt.UTC().Format("2006-01-02")
			}
			return one
		})),
		list("registry_namespace", outsideResources(p.Registries, func(s assessment.RegistrySpace) inventory.Resource {
			return inventory.Resource{ID: s.ID, Name: s.Name, Locality: s.Region, Detail: s.Endpoint}
		})),
		list("bucket", r.bucketResources()),
		list("public_gateway", outsideResources(p.Gateways, func(g assessment.Gateway) inventory.Resource {
			return inventory.Resource{
				ID: g.ID, Name: g.Name, Locality: g.Zone, Detail: fmt.Sprintf("%d PAT rules", len(g.PATRules.Items)),
			}
		})),
		list("database", r.databaseResources()),
		list("iam_grant", grants),
	}
	return inventory.Outside{Resources: lists}
}

// outsideResources converts a list of facts.
func outsideResources[T any](
	facts assessment.Collection[T], convert func(T) inventory.Resource,
) assessment.Collection[inventory.Resource] {
	found := []inventory.Resource{}
	for _, one := range facts.Items {
		found = append(found, convert(one))
	}
	slices.SortStableFunc(found, func(a, b inventory.Resource) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return collection(facts.Source, found, facts.Missing())
}

func volumeResource(v assessment.Volume, used map[string]string) inventory.Resource {
	one := inventory.Resource{ID: v.ID, Name: v.Name, Locality: v.Zone, UsedBy: used[v.Zone+"/"+v.ID]}
	if one.UsedBy == "" && v.ServerID != "" {
		one.UsedBy = "instance/" + v.ServerID
	}
	if v.SizeBytes != nil {
		one.Detail = inventory.FormatBytes(*v.SizeBytes)
	}
	return one
}

// bucketResources returns the named buckets. Without a name none is looked at.
func (r *inventoryReader) bucketResources() assessment.Collection[inventory.Resource] {
	if len(r.Buckets) == 0 {
		return assessment.Unread[inventory.Resource]("", assessment.Gap{
			Reason: assessment.InputMissing, Needs: "--bucket NAME",
		})
	}
	return outsideResources(r.facts.Project.Buckets, func(b assessment.Bucket) inventory.Resource {
		one := inventory.Resource{ID: b.Name, Name: b.Name}
		if b.Region.Value != nil {
			one.Locality = *b.Region.Value
		}
		return one
	})
}

// databaseResources returns the databases on the cluster's Private Network.
func (r *inventoryReader) databaseResources() assessment.Collection[inventory.Resource] {
	databases := r.facts.Project.Databases
	cluster := r.facts.Cluster.Value
	databases.Items = slices.DeleteFunc(slices.Clone(databases.Items), func(d assessment.Database) bool {
		return cluster != nil && (cluster.PrivateNetworkID == nil ||
			!slices.Contains(d.PrivateNetworks, *cluster.PrivateNetworkID))
	})
	return outsideResources(databases, func(d assessment.Database) inventory.Resource {
		return inventory.Resource{ID: d.ID, Name: d.Name, Locality: d.Region, Detail: d.Engine}
	})
}

// addBlockSnapshots completes the volumes with the newest snapshots of Block Storage.
func (r *inventoryReader) addBlockSnapshots() {
	ofHandles := map[string]*time.Time{}
	for _, s := range r.facts.Project.Snapshots.Items {
		if s.VolumeID != "" {
			handle := s.Zone + "/" + s.VolumeID
			ofHandles[handle] = newest(ofHandles[handle], s.CreatedAt)
		}
	}
	for i := range r.found.Volumes.Items {
		v := &r.found.Volumes.Items[i]
		v.NewestSnapshotAt = newest(v.NewestSnapshotAt, ofHandles[v.Handle])
	}
}

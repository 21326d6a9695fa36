package collect

import (
	"context"
	"slices"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readStorage reads the volumes and snapshots of the Project in the cluster's region, and its databases in all regions.
func (c *collector) readStorage(ctx context.Context, cluster *k8s.Cluster) {
	project, zones := cluster.ProjectID, scaleway.AllZones(cluster.Region)
	c.start(func() {
		lists := readLists(ctx, c, zones, func(ctx context.Context, zone scw.Zone) ([]*block.Volume, error) {
			return c.Scaleway.VolumesIn(ctx, zone, project)
		})
		c.facts.Project.Volumes = joinLists("GET /block/v1/zones/{zone}/volumes", lists, newVolume)
	})
	c.start(func() {
		lists := readLists(ctx, c, zones, func(ctx context.Context, zone scw.Zone) ([]*instance.Volume, error) {
			return c.Scaleway.LegacyVolumesIn(ctx, zone, project)
		})
		c.facts.Project.InstanceVolumes = joinLists(
			"GET /instance/v1/zones/{zone}/volumes?volume_type=b_ssd", lists, newLegacyVolume,
		)
	})
	c.start(func() {
		lists := readLists(ctx, c, zones, func(ctx context.Context, zone scw.Zone) ([]*block.Snapshot, error) {
			return c.Scaleway.NewestSnapshotsIn(ctx, zone, project)
		})
		c.facts.Project.Snapshots = joinLists(
			"GET /block/v1/zones/{zone}/snapshots?order_by=created_at_desc", lists, newSnapshot,
		)
	})
	c.start(func() { c.facts.Project.Databases = c.databases(ctx, project) })
}

// instanceReference is the type of a volume's reference to an Instance in recordings.
const instanceReference = "instance_server"

// newVolume converts a volume of Block Storage. In every recording, kms_key_id is null, which is no key.
func newVolume(volume *block.Volume) assessment.Volume {
	key := ""
	if volume.KmsKeyID != nil {
		key = *volume.KmsKeyID
	}
	found := assessment.Volume{
		ID: volume.ID, Name: volume.Name, Zone: volume.Zone.String(), KMSKeyID: &key,
		IsCSI: scaleway.IsCSIVolume(volume), CreatedAt: volume.CreatedAt, LastDetachedAt: volume.LastDetachedAt,
		Status: volume.Status.String(),
	}
	isReferenced := len(volume.References) > 0
	found.IsReferenced = &isReferenced
	if size := int64(volume.Size); size > 0 {
		found.SizeBytes = &size
	}
	if volume.Specs != nil {
		found.Class = present(volume.Specs.Class)
	}
	for _, reference := range volume.References {
		if reference.ProductResourceType == instanceReference {
			found.ServerID = reference.ProductResourceID
		}
	}
	return found
}

// newSnapshot converts a snapshot of Block Storage.
func newSnapshot(snapshot *block.Snapshot) assessment.Snapshot {
	found := assessment.Snapshot{
		ID: snapshot.ID, Name: snapshot.Name, Zone: snapshot.Zone.String(), Status: snapshot.Status.String(),
		Public: &snapshot.Public, CreatedAt: snapshot.CreatedAt,
	}
	if snapshot.ParentVolume != nil {
		found.VolumeID = snapshot.ParentVolume.ID
	}
	return found
}

// newLegacyVolume converts a volume of the Instance API.
func newLegacyVolume(volume *instance.Volume) assessment.Volume {
	found := assessment.Volume{
		ID: volume.ID, Name: volume.Name, Zone: volume.Zone.String(), Class: present(volume.VolumeType),
		IsCSI:     scaleway.IsCSIVolume(&block.Volume{Name: volume.Name}),
		CreatedAt: volume.CreationDate, Status: volume.State.String(),
	}
	if size := int64(volume.Size); size > 0 {
		found.SizeBytes = &size
	}
	if volume.Server != nil {
		found.ServerID = volume.Server.ID
	}
	return found
}

// databases reads the managed databases of a Project in all regions, and who may reach their public endpoints.
func (c *collector) databases(ctx context.Context, projectID string) assessment.Collection[assessment.Database] {
	lists := readLists(ctx, c, scw.AllRegions, func(ctx context.Context, region scw.Region) ([]*rdb.Instance, error) {
		return c.Scaleway.DatabasesIn(ctx, region, projectID)
	})
	found := joinLists("GET /rdb/v1/regions/{region}/instances", lists, newDatabase)
	var work sync.WaitGroup
	for i := range found.Items {
		database := &found.Items[i]
		if database.HasPublic == nil || !*database.HasPublic {
			continue
		}
		work.Go(func() {
			rules, gap := read(ctx, c, func(ctx context.Context) ([]*rdb.ACLRule, error) {
				return c.Scaleway.DatabaseACL(ctx, scw.Region(database.Region), database.ID)
			})
			source := "GET /rdb/v1/regions/" + database.Region + "/instances/" + database.ID + "/acls"
			allowed := slices.DeleteFunc(rules, func(rule *rdb.ACLRule) bool {
				return rule.Action == rdb.ACLRuleActionDeny || rule.Direction == rdb.ACLRuleDirectionOutbound
			})
			database.ACL = collection(source, convert(allowed, newDatabaseACLEntry), gap)
		})
	}
	work.Wait()
	return found
}

func newDatabaseACLEntry(rule *rdb.ACLRule) assessment.DatabaseACLEntry {
	return assessment.DatabaseACLEntry{IP: rule.IP.String()}
}

// newDatabase converts a managed database. An endpoint that is not in a Private Network is public.
func newDatabase(database *rdb.Instance) assessment.Database {
	found := assessment.Database{
		ID: database.ID, Name: database.Name, Region: database.Region.String(), Engine: database.Engine,
		PrivateNetworks: []string{}, BackupSameRegion: &database.BackupSameRegion, CreatedAt: database.CreatedAt,
	}
	if database.Encryption != nil {
		found.Encrypted = &database.Encryption.Enabled
	}
	if database.Endpoints == nil {
		return found
	}
	endpoints := slices.Clone(database.Endpoints)
	for _, replica := range database.ReadReplicas {
		endpoints = append(endpoints, replica.Endpoints...)
	}
	isPublic := false
	for _, endpoint := range endpoints {
		if endpoint.PrivateNetwork == nil {
			isPublic = true
			continue
		}
		found.PrivateNetworks = append(found.PrivateNetworks, endpoint.PrivateNetwork.PrivateNetworkID)
	}
	found.HasPublic = &isPublic
	return found
}

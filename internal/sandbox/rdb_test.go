package sandbox

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func rdbAPI(r *rig) (*rdb.API, scw.RequestOption) {
	return rdb.NewAPI(sdkClientOf(r)), scw.WithContext(r.t.Context())
}

// newDatabase creates an instance, and waits until it is ready. It has a name: the SDK's generator of names is not safe
// for tests in parallel.
func newDatabase(r *rig, request rdb.CreateInstanceRequest) *rdb.Instance {
	r.t.Helper()
	api, ctx := rdbAPI(r)
	if request.Engine == "" {
		request.Engine = "PostgreSQL-17"
	}
	if request.NodeType == "" {
		request.NodeType = "db-dev-s"
	}
	if request.Name == "" {
		request.Name = "database"
	}
	request.Password = "Secret-1234"
	i := must(api.CreateInstance(&request, ctx))(r.t)
	if i.Status != rdb.InstanceStatusProvisioning {
		r.t.Errorf("a new instance is %s", i.Status)
	}
	r.server.Advance(rdbCreateDuration)
	return must(api.GetInstance(&rdb.GetInstanceRequest{InstanceID: i.ID}, ctx))(r.t)
}

func TestDatabaseInstance(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := rdbAPI(r)
	i := newDatabase(r, rdb.CreateInstanceRequest{
		Name: "db", UserName: "admin", Encryption: &rdb.EncryptionAtRest{Enabled: true}, Tags: []string{"health"},
	})
	if i.Status != rdb.InstanceStatusReady || !i.Encryption.Enabled || i.Volume.Type != rdb.VolumeTypeLssd ||
		i.Volume.Size != 5*scw.GB || i.BackupSchedule.NextRunAt == nil || len(i.Settings) != 6 ||
		len(i.Endpoints) != 1 || i.Endpoints[0].LoadBalancer == nil {
		t.Errorf("got %+v", i)
	}
	acls := must(api.ListInstanceACLRules(&rdb.ListInstanceACLRulesRequest{InstanceID: i.ID}, ctx))(t)
	if acls.TotalCount != 1 || acls.Rules[0].IP.String() != "0.0.0.0/0" || *acls.Rules[0].Port != i.Endpoints[0].Port {
		t.Errorf("got %+v", acls)
	}
	certificate := must(api.GetInstanceCertificate(&rdb.GetInstanceCertificateRequest{InstanceID: i.ID}, ctx))(t)
	block, _ := pem.Decode(must(io.ReadAll(certificate.Content))(t))
	parsed := must(x509.ParseCertificate(block.Bytes))(t)
	if err := parsed.VerifyHostname(i.Endpoints[0].IP.String()); err != nil {
		t.Error(err)
	}
	disabled, days := true, uint32(30)
	updated := must(api.UpdateInstance(&rdb.UpdateInstanceRequest{
		InstanceID: i.ID, IsBackupScheduleDisabled: &disabled, BackupScheduleRetention: &days,
	}, ctx))(t)
	if updated.BackupSchedule.NextRunAt != nil || updated.BackupSchedule.Retention != 30 {
		t.Errorf("got %+v", updated.BackupSchedule)
	}
	found := must(api.ListInstances(&rdb.ListInstancesRequest{Tags: []string{"health"}}, ctx))(t)
	elsewhere := must(api.ListInstances(&rdb.ListInstancesRequest{Region: scw.RegionNlAms}, ctx))(t)
	if found.TotalCount != 1 || elsewhere.TotalCount != 0 {
		t.Errorf("%d instances, %d in nl-ams", found.TotalCount, elsewhere.TotalCount)
	}
	if got := must(api.DeleteInstance(&rdb.DeleteInstanceRequest{InstanceID: i.ID}, ctx))(t); got.Status !=
		rdb.InstanceStatusDeleting {
		t.Errorf("status %s", got.Status)
	}
	r.server.Advance(rdbDeleteDuration)
	_, err := api.GetInstance(&rdb.GetInstanceRequest{InstanceID: i.ID}, ctx)
	expectNotFound(t, err, "instance")
}

func TestDatabaseEndpoints(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := rdbAPI(r)
	address := scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(172, 16, 0, 100), Mask: net.CIDRMask(22, 32)}}
	i := newDatabase(r, rdb.CreateInstanceRequest{Name: "db", InitEndpoints: []*rdb.EndpointSpec{{
		PrivateNetwork: &rdb.EndpointSpecPrivateNetwork{PrivateNetworkID: PrivateNetworkID, ServiceIP: &address},
	}}})
	if len(i.Endpoints) != 1 || i.Endpoints[0].Port != 5432 || i.Endpoints[0].IP.String() != "172.16.0.100" ||
		i.Endpoints[0].PrivateNetwork.ServiceIP.String() != "172.16.0.100/22" ||
		i.Endpoints[0].PrivateNetwork.ProvisioningMode != rdb.EndpointPrivateNetworkDetailsProvisioningModeStatic {
		t.Fatalf("got %+v", i.Endpoints)
	}
	expectJSON(t, nil, r.call(200, "GET", "/rdb/v1/regions/fr-par/instances/"+i.ID, ""), "endpoint")
	ips := func() uint64 {
		t.Helper()
		return must(ipam.NewAPI(sdkClientOf(r)).ListIPs(&ipam.ListIPsRequest{
			ResourceType: ipam.ResourceTypeRdbInstance,
		}, ctx))(t).TotalCount
	}
	if ips() != 1 {
		t.Errorf("%d addresses", ips())
	}
	if err := vpc.NewAPI(sdkClientOf(r)).DeletePrivateNetwork(&vpc.DeletePrivateNetworkRequest{
		PrivateNetworkID: PrivateNetworkID,
	}, ctx); err == nil {
		t.Error("a Private Network with a database was deleted")
	}
	public := must(api.CreateEndpoint(&rdb.CreateEndpointRequest{
		InstanceID: i.ID, EndpointSpec: &rdb.EndpointSpec{LoadBalancer: &rdb.EndpointSpecLoadBalancer{}},
	}, ctx))(t)
	var transient *scw.TransientStateError
	if err := api.DeleteEndpoint(&rdb.DeleteEndpointRequest{EndpointID: public.ID}, ctx); !errors.As(err, &transient) {
		t.Errorf("change an instance that is being configured: %v", err)
	}
	r.server.Advance(rdbConfigureDuration)
	if err := api.DeleteEndpoint(&rdb.DeleteEndpointRequest{EndpointID: i.Endpoints[0].ID}, ctx); err != nil {
		t.Fatal(err)
	}
	got := must(api.GetInstance(&rdb.GetInstanceRequest{InstanceID: i.ID}, ctx))(t)
	if len(got.Endpoints) != 1 || got.Endpoints[0].ID != public.ID || ips() != 0 {
		t.Errorf("got %+v and %d addresses", got.Endpoints, ips())
	}
	_, err := api.CreateInstance(&rdb.CreateInstanceRequest{
		Name: "elsewhere", Engine: "PostgreSQL-17", NodeType: "db-dev-s", InitEndpoints: []*rdb.EndpointSpec{{
			PrivateNetwork: &rdb.EndpointSpecPrivateNetwork{PrivateNetworkID: "00000000-0000-4000-8000-000000000000"},
		}},
	}, ctx)
	expectNotFound(t, err, "private_network")
}

func TestDatabaseAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := rdbAPI(r)
	i := newDatabase(r, rdb.CreateInstanceRequest{UserName: "admin"})
	must(api.CreateUser(&rdb.CreateUserRequest{InstanceID: i.ID, Name: "app", Password: "Secret-1234"}, ctx))(t)
	must(api.CreateDatabase(&rdb.CreateDatabaseRequest{InstanceID: i.ID, Name: "orders"}, ctx))(t)
	grant := func(database string) error {
		_, err := api.SetPrivilege(&rdb.SetPrivilegeRequest{
			InstanceID: i.ID, DatabaseName: database, UserName: "app", Permission: rdb.PermissionReadonly,
		}, ctx)
		return err
	}
	if err := grant("orders"); err != nil {
		t.Fatal(err)
	}
	expectNotFound(t, grant("unknown"), "database")
	app, orders := "app", "orders"
	privileges := func() uint32 {
		t.Helper()
		return must(api.ListPrivileges(&rdb.ListPrivilegesRequest{
			InstanceID: i.ID, UserName: &app, DatabaseName: &orders,
		}, ctx))(t).TotalCount
	}
	if privileges() != 1 {
		t.Errorf("%d privileges", privileges())
	}
	users := must(api.ListUsers(&rdb.ListUsersRequest{
		InstanceID: i.ID, OrderBy: rdb.ListUsersRequestOrderByIsAdminDesc,
	}, ctx))(t)
	if users.TotalCount != 2 || users.Users[0].Name != "admin" || !users.Users[0].IsAdmin {
		t.Errorf("got %+v", users)
	}
	if err := api.DeleteUser(&rdb.DeleteUserRequest{InstanceID: i.ID, Name: "app"}, ctx); err != nil {
		t.Fatal(err)
	}
	if privileges() != 0 {
		t.Error("the privileges of a deleted user are left")
	}
	office := scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(198, 51, 100, 1), Mask: net.CIDRMask(32, 32)}}
	set := must(api.SetInstanceACLRules(&rdb.SetInstanceACLRulesRequest{
		InstanceID: i.ID, Rules: []*rdb.ACLRuleRequest{{IP: office, Description: "office"}},
	}, ctx))(t)
	if len(set.Rules) != 1 || set.Rules[0].IP.String() != "198.51.100.1/32" {
		t.Errorf("got %+v", set)
	}
	r.server.Advance(rdbConfigureDuration)
	must(api.DeleteInstanceACLRules(&rdb.DeleteInstanceACLRulesRequest{
		InstanceID: i.ID, ACLRuleIPs: []string{"198.51.100.1/32"},
	}, ctx))(t)
	if left := must(
		api.ListInstanceACLRules(&rdb.ListInstanceACLRulesRequest{InstanceID: i.ID}, ctx),
	)(
		t,
	); left.TotalCount != 0 {
		t.Errorf("got %+v", left)
	}
}

func TestDatabaseBackupsAndSnapshots(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := rdbAPI(r)
	i := newDatabase(r, rdb.CreateInstanceRequest{Name: "db", UserName: "admin", BackupSameRegion: true})
	backup := must(api.CreateDatabaseBackup(&rdb.CreateDatabaseBackupRequest{
		InstanceID: i.ID, DatabaseName: "rdb", Name: "b",
	}, ctx))(t)
	snapshot := must(api.CreateSnapshot(&rdb.CreateSnapshotRequest{InstanceID: i.ID, Name: "s"}, ctx))(t)
	if backup.Size != nil || snapshot.Size != nil || snapshot.ExpiresAt.Sub(*snapshot.CreatedAt) != 365*24*time.Hour {
		t.Errorf("got %+v, %+v", backup, snapshot)
	}
	r.server.Advance(rdbBackupDuration)
	backup = must(api.GetDatabaseBackup(&rdb.GetDatabaseBackupRequest{DatabaseBackupID: backup.ID}, ctx))(t)
	snapshot = must(api.GetSnapshot(&rdb.GetSnapshotRequest{SnapshotID: snapshot.ID}, ctx))(t)
	if backup.Status != rdb.DatabaseBackupStatusReady || !backup.SameRegion || backup.Size == nil ||
		snapshot.Status != rdb.SnapshotStatusReady || *snapshot.Size != i.Volume.Size {
		t.Errorf("got %+v, %+v", backup, snapshot)
	}
	must(api.ExportDatabaseBackup(&rdb.ExportDatabaseBackupRequest{DatabaseBackupID: backup.ID}, ctx))(t)
	r.server.Advance(rdbBackupDuration)
	backup = must(api.GetDatabaseBackup(&rdb.GetDatabaseBackupRequest{DatabaseBackupID: backup.ID}, ctx))(t)
	if backup.DownloadURL == nil || !strings.HasPrefix(*backup.DownloadURL, "https://") {
		t.Errorf("got %+v", backup)
	}
	must(api.DeleteInstance(&rdb.DeleteInstanceRequest{InstanceID: i.ID}, ctx))(t)
	r.server.Advance(rdbDeleteDuration)
	listed := must(api.ListSnapshots(&rdb.ListSnapshotsRequest{InstanceID: &i.ID}, ctx))(t)
	if listed.TotalCount != 1 {
		t.Fatalf("%d snapshots of a deleted instance", listed.TotalCount)
	}
	restored := must(api.CreateInstanceFromSnapshot(&rdb.CreateInstanceFromSnapshotRequest{
		SnapshotID: snapshot.ID, InstanceName: "restored",
	}, ctx))(t)
	users := must(api.ListUsers(&rdb.ListUsersRequest{InstanceID: restored.ID}, ctx))(t)
	if restored.Engine != i.Engine || restored.Volume.Size != i.Volume.Size || users.TotalCount != 1 {
		t.Errorf("got %+v with %d users", restored, users.TotalCount)
	}
	must(api.DeleteSnapshot(&rdb.DeleteSnapshotRequest{SnapshotID: snapshot.ID}, ctx))(t)
	r.server.Advance(rdbBackupDeleteDuration)
	_, err := api.GetSnapshot(&rdb.GetSnapshotRequest{SnapshotID: snapshot.ID}, ctx)
	expectNotFound(t, err, "instance_snapshot")
}

func TestDatabaseCatalogue(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := rdbAPI(r)
	types := must(api.ListNodeTypes(&rdb.ListNodeTypesRequest{}, scw.WithAllPages(), ctx))(t)
	if types.TotalCount != uint32(len(rdbNodeTypes())) ||
		types.NodeTypes[0].AvailableVolumeTypes[0].MinSize != 5*scw.GB {
		t.Errorf("got %+v", types.NodeTypes[0])
	}
	name := "PostgreSQL"
	engines := must(api.ListDatabaseEngines(&rdb.ListDatabaseEnginesRequest{Name: &name}, ctx))(t)
	if engines.TotalCount != 1 || engines.Engines[0].Versions[0].Name != "PostgreSQL-17" {
		t.Errorf("got %+v", engines)
	}
	var invalid *scw.InvalidArgumentsError
	for argument, request := range map[string]rdb.CreateInstanceRequest{
		"engine":      {Engine: "Oracle-1", NodeType: "db-dev-s"},
		"node_type":   {Engine: "MySQL-8", NodeType: "db-huge"},
		"volume_type": {Engine: "MySQL-8", NodeType: "db-play2-pico"},
		"volume_size": {
			Engine: "MySQL-8", NodeType: "db-play2-pico", VolumeType: rdb.VolumeTypeSbs5k, VolumeSize: 7 * scw.GB,
		},
	} {
		request.Name = "refused"
		_, err := api.CreateInstance(&request, ctx)
		if !errors.As(err, &invalid) || invalid.Details[0].ArgumentName != argument {
			t.Errorf("%s: %v", argument, err)
		}
	}
	larger := uint64(20 * scw.GB)
	i := newDatabase(r, rdb.CreateInstanceRequest{VolumeType: rdb.VolumeTypeSbs5k, VolumeSize: 10 * scw.GB})
	upgraded := must(api.UpgradeInstance(&rdb.UpgradeInstanceRequest{InstanceID: i.ID, VolumeSize: &larger}, ctx))(t)
	if upgraded.Volume.Size != 20*scw.GB || upgraded.Status != rdb.InstanceStatusConfiguring {
		t.Errorf("got %+v", upgraded)
	}
}

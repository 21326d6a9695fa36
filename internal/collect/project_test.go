package collect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const testServiceUID = "5f0a7c9e-0000-4000-8000-00000000aaaa"

// projectEstate has objects beside those of the example: %[1]s is the id of the cluster hds-prod.
const projectEstate = `
load_balancers:
  - { name: "%[1]s_` + testServiceUID + `", as: web, type: lb-s, assign_flexible_ip: true }
  - { name: shared, type: lb-s }
  - { name: unrelated, type: lb-s, assign_flexible_ip: true }
  - { name: abroad, type: lb-s, zone: pl-waw-2 }
backends:
  - { name: web, load_balancer: "${load_balancers.web}", forward_protocol: http, forward_port: 30080,
      ssl_bridging: true, ignore_ssl_server_verify: true }
  - { name: tls, load_balancer: "${load_balancers.web}", forward_protocol: tcp, forward_port: 30443 }
certificates:
  - { name: web, load_balancer: "${load_balancers.web}", letsencrypt: { common_name: example.com } }
frontends:
  - { name: plain, load_balancer: "${load_balancers.web}", inbound_port: 80, backend_id: "${backends.web}" }
  - { name: passed, load_balancer: "${load_balancers.web}", inbound_port: 443, backend_id: "${backends.tls}" }
  - { name: ended, load_balancer: "${load_balancers.web}", inbound_port: 8443, backend_id: "${backends.web}",
      certificate_ids: ["${certificates.web}"] }
frontend_acls:
  - { name: https, frontend: "${frontends.plain}", index: 1,
      action: { type: redirect, redirect: { type: scheme, target: https } } }
  - { name: denied, frontend: "${frontends.plain}", index: 0, action: { type: deny },
      match: { ip_subnet: ["198.51.100.0/24"] } }
volumes:
  - { name: pvc-5f0a7c9e-0000-4000-8000-000000000009, region: nl-ams, zone: nl-ams-3, from_empty: { size: 10GB } }
databases:
  - name: private
    engine: PostgreSQL-15
    node_type: DB-DEV-S
    user_name: admin
    password: Sandbox-Example-1!
    backup_same_region: true
    encryption: { enabled: true }
    init_endpoints:
      - private_network: { private_network_id: "${private_networks.sandbox}", ipam_config: {} }
registry_namespaces:
  - { name: charts, region: pl-waw }
data_sources:
  - { name: applications, type: logs, retention_days: 90 }
`

// newProjectEstate returns the example with projectEstate, an Instance and a legacy volume attached to it, and the
// Load Balancer "shared" in the Private Network of the cluster hds-prod.
func newProjectEstate(t *testing.T) *estate {
	t.Helper()
	e := newEstate(t)
	if err := e.LoadEstate(t.Context(), fmt.Appendf(nil, projectEstate, e.cluster(t, "hds-prod"))); err != nil {
		t.Fatal(err)
	}
	shared := e.idOf(t, "load-balancers", "shared")
	e.post(t, "/lb/v1/zones/fr-par-1/lbs/"+shared+"/attach-private-network", map[string]any{
		"private_network_id": sandbox.PrivateNetworkID,
	})
	e.post(t, "/instance/v1/zones/fr-par-1/servers", map[string]any{
		"name": "bastion", "commercial_type": "DEV1-S", "project": sandbox.ProjectID,
		"tags": []string{"kapsule=not-a-cluster"},
	})
	e.post(t, "/instance/v1/zones/fr-par-2/volumes", map[string]any{
		"name": "old", "volume_type": "l_ssd", "size": 10_000_000_000, "project": sandbox.ProjectID,
	})
	if err := e.Patch("instance-volumes", e.idOf(t, "instance-volumes", "old"), map[string]any{
		"volume_type": "b_ssd", "server": map[string]any{"id": "s1", "name": "other"},
	}); err != nil {
		t.Fatal(err)
	}
	e.Advance(time.Hour)
	return e
}

// post sends a request as the owner.
func (e *estate) post(t *testing.T, path string, body any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("POST %s: HTTP %d", path, response.StatusCode)
	}
}

// idOf returns the id of an object of the sandbox.
func (e *estate) idOf(t *testing.T, kind, name string) string {
	t.Helper()
	var objects []struct{ ID, Name string }
	if err := e.Objects(kind, &objects); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.Name == name {
			return o.ID
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return ""
}

// TestLoadBalancerFacts reads the Load Balancers of the Project, with the parts of those of the cluster.
func TestLoadBalancerFacts(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	facts := e.collect(t, "hds-prod")
	list := facts.Project.LoadBalancers
	if list.Missing() != nil || len(list.Items) != 4 {
		t.Fatalf("%+v", list)
	}
	found := map[string]assessment.LoadBalancer{}
	for _, l := range list.Items {
		found[l.Name] = l
	}
	l := found[facts.Cluster.Value.ID+"_"+testServiceUID]
	if l.ClusterID != facts.Cluster.Value.ID || l.ServiceUID != testServiceUID || len(*l.PublicIPs) != 1 ||
		*l.SSLCompatibility != "ssl_compatibility_level_intermediate" || l.Status != "ready" || l.InPrivateNetwork {
		t.Errorf("Load Balancer: %+v", l)
	}
	if l.Frontends.Missing() != nil || len(l.Frontends.Items) != 3 || l.Backends.Missing() != nil ||
		len(l.Backends.Items) != 2 || l.Certificates.Missing() != nil || len(l.Certificates.Items) != 1 {
		t.Fatalf("parts: %+v, %+v, %+v", l.Frontends, l.Backends, l.Certificates)
	}
	plain, passed, ended := l.Frontends.Items[0], l.Frontends.Items[1], l.Frontends.Items[2]
	web, tls := l.Backends.Items[0], l.Backends.Items[1]
	if plain.Port != 80 || plain.BackendID != web.ID || len(*plain.CertificateIDs) != 0 ||
		plain.ACLs.Missing() != nil ||
		len(plain.ACLs.Items) != 2 {
		t.Fatalf("frontend: %+v", plain)
	}
	https, denied := plain.ACLs.Items[0], plain.ACLs.Items[1]
	if !https.RedirectScheme || !https.MatchesAll || https.Action != "redirect" || https.Index != 1 ||
		denied.Action != "deny" || denied.MatchesAll || denied.RedirectScheme {
		t.Errorf("rules: %+v", plain.ACLs.Items)
	}
	if passed.BackendID != tls.ID || passed.ACLs.Missing() == nil || ended.ACLs.Missing() == nil {
		t.Errorf("rules were read although they do not decide: %+v, %+v", passed, ended)
	}
	if *web.ForwardProtocol != "http" || !*web.SSLBridging || !*web.IgnoreSSLVerify || *tls.ForwardProtocol != "tcp" ||
		*tls.SSLBridging {
		t.Errorf("backends: %+v", l.Backends.Items)
	}
	c := l.Certificates.Items[0]
	if c.Type != "letsencrypt" || *c.Status != "ready" || c.NotValidAfter == nil ||
		!c.NotValidAfter.After(startTime()) ||
		!slices.Equal(*ended.CertificateIDs, []string{c.ID}) {
		t.Errorf("certificate: %+v", c)
	}
	if shared := found["shared"]; !shared.InPrivateNetwork || shared.Frontends.Missing() != nil {
		t.Errorf("shared: %+v", shared)
	}
	if other := found["unrelated"]; other.InPrivateNetwork || other.Frontends.Missing() == nil ||
		other.ClusterID != "" {
		t.Errorf("unrelated: %+v", other)
	}
	if _, ok := found["abroad"]; ok {
		t.Error("a Load Balancer of another region is in the list")
	}
}

// TestSnapshotFacts reads the snapshots of the Project in the region of the cluster.
func TestSnapshotFacts(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	volume := e.send(t, "POST", "/block/v1/zones/fr-par-2/volumes", fmt.Sprintf(
		`{"name":"pvc-1","project_id":%q,"from_empty":{"size":10000000000}}`, sandbox.ProjectID))["id"]
	e.Advance(time.Hour)
	e.post(t, "/block/v1/zones/fr-par-2/snapshots", map[string]any{
		"name": "shared", "project_id": sandbox.ProjectID, "volume_id": volume, "public": true,
	})
	e.Advance(time.Hour)
	facts := e.collect(t, "hds-prod")
	list := facts.Project.Snapshots
	i := slices.IndexFunc(list.Items, func(s assessment.Snapshot) bool { return s.Name == "shared" })
	if list.Missing() != nil || i < 0 {
		t.Fatalf("%+v", list)
	}
	found := list.Items[i]
	if found.Zone != "fr-par-2" || !*found.Public || found.VolumeID != volume || found.CreatedAt == nil ||
		found.Status != "available" {
		t.Errorf("snapshot: %+v", found)
	}
	for _, v := range facts.Project.Volumes.Items {
		if want := v.ServerID != ""; v.IsReferenced == nil || *v.IsReferenced != want {
			t.Errorf("volume %s: referenced %v, expected %v", v.Name, v.IsReferenced, want)
		}
	}
	finding, _ := assessment.Evaluate(facts, assessment.Options{
		AsOf: facts.ReadAt, Layers: assessment.Layers(),
	}).Finding("snapshot_public")
	if finding.Result != assessment.Fail || !slices.Contains(finding.Subjects, "fr-par-2/"+found.ID) {
		t.Errorf("%s: %v", finding.Result, finding.Subjects)
	}
}

// TestStorageFacts reads volumes, root disks and databases.
func TestStorageFacts(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	facts := e.collect(t, "hds-prod")
	p := facts.Project
	if p.Volumes.Missing() != nil || p.RootDisks.Missing() != nil || p.InstanceVolumes.Missing() != nil ||
		p.Databases.Missing() != nil {
		t.Fatalf("%+v, %+v, %+v, %+v", p.Volumes.Gap, p.RootDisks.Gap, p.InstanceVolumes.Gap, p.Databases.Gap)
	}
	if len(p.RootDisks.Items) != 2 {
		t.Fatalf("root disks: %+v", p.RootDisks)
	}
	for _, d := range p.RootDisks.Items {
		i := slices.IndexFunc(p.Volumes.Items, func(v assessment.Volume) bool { return v.ID == d.VolumeID })
		if i < 0 || p.Volumes.Items[i].ServerID != d.ServerID || *p.Volumes.Items[i].KMSKeyID != "" ||
			*p.Volumes.Items[i].Class != "sbs" || *d.Type != "sbs_volume" {
			t.Errorf("root disk: %+v", d)
		}
	}
	i := slices.IndexFunc(p.Volumes.Items, func(v assessment.Volume) bool { return v.LastDetachedAt != nil })
	if i < 0 || !p.Volumes.Items[i].IsCSI || p.Volumes.Items[i].ServerID != "" ||
		!p.Volumes.Items[i].LastDetachedAt.Equal(startTime().AddDate(0, 0, -120)) {
		t.Errorf("volumes: %+v", p.Volumes.Items)
	}
	if legacy := p.InstanceVolumes.Items; len(legacy) != 1 || *legacy[0].Class != "b_ssd" ||
		legacy[0].ServerID != "s1" ||
		legacy[0].Zone != "fr-par-2" {
		t.Errorf("legacy volumes: %+v", legacy)
	}
	if len(p.Databases.Items) != 2 {
		t.Fatalf("databases: %+v", p.Databases.Items)
	}
	records, private := p.Databases.Items[0], p.Databases.Items[1]
	if !*records.HasPublic || *records.Encrypted || *records.BackupSameRegion || records.ACL.Missing() != nil ||
		len(records.ACL.Items) != 1 || records.ACL.Items[0].IP != "0.0.0.0/0" || records.Region != "fr-par" {
		t.Errorf("database: %+v", records)
	}
	if *private.HasPublic || !*private.Encrypted || !*private.BackupSameRegion || private.ACL.Missing() == nil ||
		!slices.Equal(private.PrivateNetworks, []string{sandbox.PrivateNetworkID}) {
		t.Errorf("database: %+v", private)
	}
}

// listOf returns the list of a kind in a region.
func listOf(t *testing.T, lists []assessment.ResourceList, kind, region string) assessment.ResourceList {
	t.Helper()
	for _, list := range lists {
		if list.Kind == kind && list.Region == region {
			return list
		}
	}
	t.Fatalf("there is no list of %s in %q", kind, region)
	return assessment.ResourceList{}
}

// TestProjectFacts reads the rest of the Project. The sandbox has no serverless products.
func TestProjectFacts(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	p := e.collect(t, "hds-prod").Project
	if list := p.Registries; list.Missing() != nil || len(list.Items) != 2 || !*list.Items[0].IsPublic ||
		list.Items[0].Endpoint != "rg.fr-par.scw.cloud/images" || list.Items[1].Region != "pl-waw" ||
		*list.Items[1].IsPublic {
		t.Errorf("registries: %+v", list)
	}
	days := map[string]int{}
	for _, s := range p.CockpitSources.Items {
		days[s.Origin+" "+s.Type] = *s.RetentionDays
	}
	if p.CockpitSources.Missing() != nil || days["scaleway logs"] != 7 || days["custom logs"] != 90 ||
		days["scaleway metrics"] != 31 {
		t.Errorf("data sources: %+v", p.CockpitSources)
	}
	clusters := listOf(t, p.Neighbours, assessment.KindCluster, "")
	if clusters.Missing() != nil || len(clusters.Items) != 1 || clusters.Items[0].Name != "legacy-prod" ||
		clusters.Items[0].Type != "kapsule" {
		t.Errorf("clusters: %+v", clusters)
	}
	instances := listOf(t, p.Neighbours, assessment.KindInstance, "")
	if instances.Missing() != nil || len(instances.Items) != 1 || instances.Items[0].Name != "bastion" {
		t.Errorf("Instances: %+v", instances)
	}
	for _, kind := range []string{assessment.KindFunctionNamespace, assessment.KindContainerNamespace} {
		if list := listOf(t, p.Neighbours, kind, ""); list.Missing() != nil || len(list.Items) != 0 {
			t.Errorf("%s: %+v", kind, list)
		}
	}
	if len(p.OtherRegions) != 3*4 {
		t.Errorf("%d lists of other regions", len(p.OtherRegions))
	}
	count := 0
	for _, list := range p.OtherRegions {
		if list.Missing() != nil || list.Region == "fr-par" {
			t.Errorf("%s in %s: %+v", list.Kind, list.Region, list.Gap)
		}
		count += len(list.Items)
	}
	volumes := listOf(t, p.OtherRegions, assessment.KindVolume, "nl-ams")
	balancers := listOf(t, p.OtherRegions, assessment.KindLoadBalancer, "pl-waw")
	if count != 2 || len(volumes.Items) != 1 || volumes.Items[0].Locality != "nl-ams-3" || len(balancers.Items) != 1 ||
		balancers.Items[0].Name != "abroad" {
		t.Errorf("other regions: %+v, %+v", volumes, balancers)
	}
}

// TestProjectGaps checks that what fails to be read becomes a gap with its reason, and does not affect the rest.
func TestProjectGaps(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	for _, test := range []struct {
		path   string
		status int
		reason assessment.Reason
		needs  string
		gap    func(assessment.Project) *assessment.Gap
	}{
		{"/lb/*/zones/fr-par-2/lbs", 403, assessment.Forbidden, "LoadBalancersReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.LoadBalancers.Missing() }},
		{"*/backends", 500, assessment.APIFailed, "HTTP 500",
			func(p assessment.Project) *assessment.Gap {
				i := slices.IndexFunc(p.LoadBalancers.Items, func(l assessment.LoadBalancer) bool {
					return l.Name == "shared"
				})
				return p.LoadBalancers.Items[i].Backends.Missing()
			}},
		{"*/private-networks", 403, assessment.Forbidden, "LoadBalancersReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.LoadBalancers.Missing() }},
		{"/block/*/zones/fr-par-3/volumes", 403, assessment.Forbidden, "BlockStorageReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.Volumes.Missing() }},
		{"/instance/*/servers", 403, assessment.Forbidden, "InstancesReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.RootDisks.Missing() }},
		{"/instance/*/volumes", 403, assessment.Forbidden, "InstancesReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.InstanceVolumes.Missing() }},
		{"/rdb/*/instances", 403, assessment.Forbidden, "RelationalDatabasesReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.Databases.Missing() }},
		{"/rdb/*/acls", 403, assessment.Forbidden, "RelationalDatabasesReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.Databases.Items[0].ACL.Missing() }},
		{"/registry/*", 403, assessment.Forbidden, "ContainerRegistryReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.Registries.Missing() }},
		{"/cockpit/*", 403, assessment.Forbidden, "ObservabilityReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap { return p.CockpitSources.Missing() }},
		{"/block/*/zones/pl-waw-1/snapshots", 403, assessment.Forbidden, "BlockStorageReadOnly in the Project",
			func(p assessment.Project) *assessment.Gap {
				return listOf(t, p.OtherRegions, assessment.KindSnapshot, "pl-waw").Missing()
			}},
	} {
		fault := sandbox.Fault{Method: "GET", Path: test.path, Kind: "status", Status: test.status, Persistent: true}
		if err := e.AddFault(fault); err != nil {
			t.Fatal(err)
		}
		p := e.collect(t, "hds-prod").Project
		e.ClearFaults()
		gap := test.gap(p)
		if gap == nil || gap.Reason != test.reason || gap.Needs != test.needs || gap.Detail == "" {
			t.Errorf("%s: %+v", test.path, gap)
		}
		if gap := listOf(t, p.OtherRegions, assessment.KindVolume, "nl-ams").Missing(); gap != nil {
			t.Errorf("%s: volumes of nl-ams: %+v", test.path, gap)
		}
	}
}

// TestNeverActivated checks that a product that was never activated has no objects.
func TestNeverActivated(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	body := `{"message":"precondition is not respected","precondition":"unknown","type":"precondition_failed"}`
	for _, path := range []string{"/rdb/*", "/registry/*", "/functions/*", "/containers/*", "/cockpit/*"} {
		if err := e.AddFault(sandbox.Fault{
			Path: path, Kind: "foreign", Status: 412, ContentType: "application/json", Body: body, Persistent: true,
		}); err != nil {
			t.Fatal(err)
		}
	}
	p := e.collect(t, "hds-prod").Project
	gaps := []*assessment.Gap{
		p.Databases.Missing(), p.Registries.Missing(), p.CockpitSources.Missing(),
		listOf(t, p.Neighbours, assessment.KindFunctionNamespace, "").Missing(),
		listOf(t, p.Neighbours, assessment.KindContainerNamespace, "").Missing(),
	}
	for i, gap := range gaps {
		if gap != nil {
			t.Errorf("list %d: %+v", i, gap)
		}
	}
	if len(p.Databases.Items) != 0 {
		t.Errorf("databases: %+v", p.Databases.Items)
	}
}

// TestProjectJudged judges the facts of the example and of the objects beside them.
func TestProjectJudged(t *testing.T) {
	t.Parallel()
	e := newProjectEstate(t)
	for name, want := range map[string]map[string]assessment.Result{
		"hds-prod": {
			"lb_public": assessment.NeedsDecision, "lb_frontend_tls": assessment.NeedsDecision,
			"lb_tls_floor": assessment.Pass, "lb_backend_verified": assessment.Fail,
			"lb_certificate_expiry": assessment.Pass, "lb_orphan": assessment.NotEvaluated,
			"volume_type_eligible": assessment.Pass, "node_root_disk_plaintext": assessment.NeedsDecision,
			"resource_zones_fr_par": assessment.Pass, "project_other_regions": assessment.Fail,
			"database_neighbour": assessment.Fail, "registry_namespace": assessment.NotEvaluated,
			"cockpit_retention": assessment.Fail, "project_purpose": assessment.Fail,
		},
		"legacy-prod": {
			"lb_public": assessment.NeedsDecision, "lb_frontend_tls": assessment.Fail,
			"lb_tls_floor": assessment.NotApplicable, "lb_backend_verified": assessment.NeedsDecision,
			"lb_certificate_expiry": assessment.NotApplicable, "node_root_disk_plaintext": assessment.NeedsDecision,
		},
	} {
		facts := e.collect(t, name)
		options := assessment.Options{AsOf: e.Now(), HDS: true, Layers: assessment.Layers()}
		options.Inputs.RequiredLogRetentionDays = 90
		judged := assessment.Evaluate(facts, options)
		for check, result := range want {
			f, ok := judged.Finding(check)
			if !ok || f.Result != result {
				t.Errorf("%s, %s: %s %q %+v, expected %s", name, check, f.Result, f.Found.EN, f.NotEvaluated, result)
			}
		}
	}
}

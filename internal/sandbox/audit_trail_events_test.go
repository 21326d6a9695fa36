package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	secret "github.com/scaleway/scaleway-sdk-go/api/secret/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// auditEventsOf returns the events that a request lists.
func auditEventsOf(t *testing.T, client *scw.Client, req audit_trail.ListEventsRequest) []*audit_trail.Event {
	t.Helper()
	list, err := audit_trail.NewAPI(client).ListEvents(&req, scw.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return list.Events
}

func TestAuditEventOfRequest(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	v, err := vpc.NewAPI(k.client).CreateVPC(&vpc.CreateVPCRequest{Name: "audited", Tags: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	if events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{}); len(events) != 0 {
		t.Errorf("an event is listed at once: %+v", events)
	}
	k.server.Advance(auditTrailDelay)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{})
	if len(events) != 1 {
		t.Fatalf("%d events, want 1: %+v", len(events), events)
	}
	e, request := events[0], k.server.Requests()[0]
	if e.MethodName != "CreateVPC" || e.ServiceName != "scaleway.vpc.v2.Api" || e.ProductName != "vpc" ||
		e.Locality != "fr-par" || *e.ProjectID != ProjectID || e.Principal.ID != UserID || e.StatusCode != 200 ||
		e.SourceIP.String() != "127.0.0.1" || *e.UserAgent != request.UserAgent || e.RequestID != request.ID {
		t.Errorf("%+v", e)
	}
	if (*e.RequestBody)["name"] != "audited" {
		t.Errorf("request body: %v", *e.RequestBody)
	}
	resource := e.Resources[0]
	if len(e.Resources) != 1 || resource.ID != v.ID || resource.Type != audit_trail.ResourceTypeVpcVpc ||
		*resource.Name != "audited" || !resource.CreatedAt.Equal(*v.CreatedAt) || resource.DeletedAt != nil ||
		*resource.Action != audit_trail.ActionCreate {
		t.Errorf("resource: %+v", resource)
	}
}

func TestAuditEventsOfKubernetes(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule"))
	p := k.createPool(poolRequest(cluster.ID))
	if _, err := k.api.DeletePool(&k8s.DeletePoolRequest{PoolID: p.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(auditTrailDelay)
	after := today()
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{
		ProductName: scw.StringPtr("kubernetes"), RecordedAfter: &after,
		OrderBy: audit_trail.ListEventsRequestOrderByRecordedAtAsc,
	})
	names := []string{}
	for _, e := range events {
		names = append(names, e.MethodName)
		if e.SourceIP != nil || e.UserAgent != nil || *e.ProjectID != ProjectID {
			t.Errorf("%s: %+v", e.MethodName, e)
		}
		if r := e.Resources[0]; r.ID != cluster.ID || *r.Name != cluster.Name || r.DeletedAt != nil {
			t.Errorf("%s: %+v", e.MethodName, r)
		}
	}
	if !slices.Equal(names, []string{"CreateCluster", "CreatePool", "DeletePool"}) {
		t.Fatalf("events: %v", names)
	}
	if info := events[1].Resources[0].KubePoolInfo; info == nil || info.ID != p.ID || info.Name != p.Name {
		t.Errorf("information on the pool: %+v", info)
	}
	if (*events[2].RequestBody)["pool_id"] != p.ID {
		t.Errorf("request body: %v", *events[2].RequestBody)
	}
}

func TestAuditEventsOfIAM(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := iam.NewAPI(k.client)
	app, err := api.CreateApplication(&iam.CreateApplicationRequest{Name: "ci"})
	if err != nil {
		t.Fatal(err)
	}
	key, err := api.CreateAPIKey(&iam.CreateAPIKeyRequest{ApplicationID: &app.ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.DeleteAPIKey(&iam.DeleteAPIKeyRequest{AccessKey: key.AccessKey}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(auditTrailDelay)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{
		OrderBy: audit_trail.ListEventsRequestOrderByRecordedAtAsc,
	})
	if len(events) != 3 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	for _, e := range events {
		if e.Locality != "global" || e.ProjectID != nil {
			t.Errorf("%s: %+v", e.MethodName, e)
		}
	}
	if body := *events[0].RequestBody; body["name"] != "ci" || body["description"] != nil {
		t.Errorf("request body: %v", body)
	}
	if r := events[1].Resources[0]; r.ID != key.AccessKey || r.Type != audit_trail.ResourceTypeIamAPIKey ||
		r.Name != nil {
		t.Errorf("resource: %+v", r)
	}
	if len(events[2].Resources) != 0 || (*events[2].RequestBody)["access_key"] != key.AccessKey {
		t.Errorf("deletion: %+v", events[2])
	}
	if other := auditEventsOf(
		t, k.client, audit_trail.ListEventsRequest{Region: scw.RegionNlAms},
	); len(other) != 0 {
		t.Errorf("global events are in nl-ams: %+v", other)
	}
}

func TestAuditEventsOfSecretVersions(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := secret.NewAPI(k.client)
	sec, err := api.CreateSecret(&secret.CreateSecretRequest{Name: "s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"one", "two"} {
		if _, err := api.CreateSecretVersion(&secret.CreateSecretVersionRequest{
			SecretID: sec.ID, Data: []byte(data),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := api.DisableSecretVersion(&secret.DisableSecretVersionRequest{
		SecretID: sec.ID, Revision: "latest",
	}); err != nil {
		t.Fatal(err)
	}
	if err := api.DeleteSecretVersion(&secret.DeleteSecretVersionRequest{SecretID: sec.ID, Revision: "1"}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(auditTrailDelay)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{
		OrderBy: audit_trail.ListEventsRequestOrderByRecordedAtAsc,
	})
	for i, want := range []struct {
		method   string
		action   audit_trail.Action
		revision uint32
	}{
		{method: "CreateSecret", action: audit_trail.ActionCreate},
		{"CreateSecretVersion", audit_trail.ActionCreate, 1},
		{"CreateSecretVersion", audit_trail.ActionCreate, 2},
		{"DisableSecretVersion", audit_trail.ActionUpdate, 2},
		{"DeleteSecretVersion", audit_trail.ActionDelete, 1},
	} {
		if len(events) <= i || events[i].MethodName != want.method || *events[i].ProjectID != ProjectID {
			t.Fatalf("events %+v, want %s as event %d", events, want.method, i)
		}
		resource := events[i].Resources[0]
		if resource.ID != sec.ID || *resource.Name != "s" || *resource.Action != want.action {
			t.Errorf("%s: %+v", want.method, resource)
		}
		if version := resource.SecretManagerVersionInfo; want.revision != 0 && version.Revision != want.revision {
			t.Errorf("%s: revision %d, want %d", want.method, version.Revision, want.revision)
		}
	}
	if data := (*events[1].RequestBody)["data"]; data != "REDACTED" {
		t.Errorf("an event has the data of a secret: %v", data)
	}
}

// TestAuditEventsOfFailures checks that a request without the permission is logged, and an invalid one is not.
func TestAuditEventsOfFailures(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	r := &rig{t: t, server: k.server, url: k.url, token: SecretKey}
	application, _, secret := newApplicationKey(r, "VPCReadOnly")
	r.token = secret
	r.call(http.StatusForbidden, "DELETE", "/vpc/v2/regions/fr-par/vpcs/"+VPCID, "")
	r.token = SecretKey
	r.call(http.StatusNotFound, "DELETE", "/vpc/v2/regions/fr-par/vpcs/"+GatewayID, "")
	k.server.Advance(auditTrailDelay)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{MethodName: scw.StringPtr("DeleteVPC")})
	if len(events) != 1 || events[0].StatusCode != 403 || events[0].Principal.ID != application ||
		*events[0].ProjectID != ProjectID || len(events[0].Resources) != 0 {
		t.Fatalf("%+v", events)
	}
	status := uint32(200)
	for _, e := range auditEventsOf(t, k.client, audit_trail.ListEventsRequest{Status: &status}) {
		if e.StatusCode != 200 {
			t.Errorf("%+v", e)
		}
	}
}

// TestAuditEventsOfLoadBalancer checks the resource of an object that names others by nested objects, in a zone.
func TestAuditEventsOfLoadBalancer(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api, zone := lb.NewZonedAPI(k.client), scw.ZoneFrPar2
	ip, err := api.CreateIP(&lb.ZonedAPICreateIPRequest{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.ReleaseIP(&lb.ZonedAPIReleaseIPRequest{Zone: zone, IPID: ip.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(auditTrailDelay)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{
		ResourceType: audit_trail.ResourceTypeLoadBalancerIP, ResourceID: &ip.ID,
	})
	if len(events) != 2 || events[0].MethodName != "ReleaseIp" || events[0].Locality != "fr-par-2" ||
		events[0].Resources[0].DeletedAt == nil || events[1].Resources[0].DeletedAt != nil {
		t.Fatalf("%+v", events)
	}
	if info := events[1].Resources[0].LoadBalancerIPInfo; info == nil || info.IPAddress != ip.IPAddress {
		t.Errorf("%+v", info)
	}
}

func TestAuditEventFilters(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := vpc.NewAPI(k.client).CreateVPC(&vpc.CreateVPCRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Minute)
	}
	list := func(req audit_trail.ListEventsRequest) (names string) {
		t.Helper()
		for _, e := range auditEventsOf(t, k.client, req) {
			names += *e.Resources[0].Name
		}
		return names
	}
	last, other, source := today().Add(90*time.Second), VPCID, "127.0.0.1"
	for want, requests := range map[string][]audit_trail.ListEventsRequest{
		"cba": {
			{}, {ServiceName: scw.StringPtr("scaleway.vpc.v2.Api")}, {PrincipalID: scw.StringPtr(UserID)},
			{SourceIP: &source}, {ProjectID: scw.StringPtr(ProjectID)}, {ResourceType: audit_trail.ResourceTypeVpcVpc},
		},
		"abc": {{OrderBy: audit_trail.ListEventsRequestOrderByRecordedAtAsc}},
		"c":   {{RecordedAfter: &last}},
		"ba":  {{RecordedBefore: &last}},
		"": {
			{ProjectID: &other}, {ResourceID: &other}, {PrincipalID: &other}, {SourceIP: scw.StringPtr("192.0.2.1")},
			{ProductName: scw.StringPtr("ipam")}, {ResourceType: audit_trail.ResourceTypeKubeCluster},
		},
	} {
		for i, req := range requests {
			if got := list(req); got != want {
				t.Errorf("request %d: %q, want %q", i, got, want)
			}
		}
	}
	size := uint32(2)
	api := audit_trail.NewAPI(k.client)
	first, err := api.ListEvents(&audit_trail.ListEventsRequest{PageSize: &size})
	if err != nil || len(first.Events) != 2 || first.NextPageToken == nil {
		t.Fatalf("first page: %v, %+v", err, first)
	}
	second, err := api.ListEvents(&audit_trail.ListEventsRequest{PageSize: &size, PageToken: first.NextPageToken})
	if err != nil || len(second.Events) != 1 || *second.Events[0].Resources[0].Name != "a" ||
		second.NextPageToken != nil {
		t.Errorf("second page: %v, %+v", err, second)
	}
	var invalid *scw.InvalidArgumentsError
	_, err = api.ListEvents(&audit_trail.ListEventsRequest{PageToken: scw.StringPtr("next")})
	if !errors.As(err, &invalid) {
		t.Errorf("unknown page token: %v", err)
	}
	k.server.Advance(2 * time.Hour)
	if got := list(audit_trail.ListEventsRequest{}); got != "" {
		t.Errorf("events of the last hour, two hours later: %q", got)
	}
}

func TestOtherAuditEvents(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := audit_trail.NewAPI(k.client)
	k.server.Advance(time.Minute)
	k.createPrivateNetwork(scw.RegionFrPar)
	k.server.Advance(time.Minute)
	logins, err := api.ListAuthenticationEvents(&audit_trail.ListAuthenticationEventsRequest{})
	if err != nil || len(logins.Events) != 1 || logins.Events[0].Resources[0].ID != UserID ||
		logins.Events[0].Result != audit_trail.AuthenticationEventResultSuccess {
		t.Fatalf("authentication events: %v, %+v", err, logins)
	}
	if err := k.server.Patch("authentication-events", logins.Events[0].ID, map[string]string{
		"result": "failure", "failure_reason": "invalid_password",
	}); err != nil {
		t.Fatal(err)
	}
	combined, err := api.ListCombinedEvents(&audit_trail.ListCombinedEventsRequest{})
	if err != nil || len(combined.Events) != 2 || combined.Events[0].API == nil || combined.Events[1].Auth == nil ||
		*combined.Events[1].Auth.FailureReason != audit_trail.AuthenticationEventFailureReasonInvalidPassword {
		t.Errorf("combined events: %v, %+v", err, combined)
	}
	combined, err = api.ListCombinedEvents(&audit_trail.ListCombinedEventsRequest{
		ProjectID: scw.StringPtr(ProjectID), ResourceType: audit_trail.ResourceTypeVpcPrivateNetwork,
	})
	if err != nil || len(combined.Events) != 1 || combined.Events[0].API.MethodName != "CreatePrivateNetwork" {
		t.Errorf("combined events of Private Networks: %v, %+v", err, combined)
	}
	for range 6 {
		k.createPrivateNetwork(scw.RegionFrPar)
	}
	k.server.Advance(time.Minute)
	overview, err := api.GetLastEventsOverview(&audit_trail.GetLastEventsOverviewRequest{})
	if err != nil || len(overview.LastEvents) != 5 {
		t.Errorf("overview: %v, %+v", err, overview)
	}
}

func TestAuditTrailProducts(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	list, err := audit_trail.NewAPI(k.client).ListProducts(&audit_trail.ListProductsRequest{})
	if err != nil || int(list.TotalCount) != len(list.Products) {
		t.Fatalf("%v, %+v", err, list)
	}
	methods := map[string][]string{}
	for _, product := range list.Products {
		for _, service := range product.Services {
			methods[product.Name+" "+service.Name] = service.Methods
		}
	}
	kubernetes := methods["kubernetes scaleway.k8s.v1.Api"]
	if len(kubernetes) != 18 || !slices.Contains(kubernetes, "ResetClusterAdminToken") ||
		len(methods["iam scaleway.iam.v1alpha1.UnauthenticatedApi"]) != 10 {
		t.Errorf("%v", methods)
	}
	types := audit_trail.ResourceTypeUnknownType.Values()
	for _, method := range k.server.auditMethods.list(nil) {
		if method.resource != "" && !slices.Contains(types, method.resource) {
			t.Errorf("%s.%s: the API has no type %s", method.service, method.name, method.resource)
		}
	}
}

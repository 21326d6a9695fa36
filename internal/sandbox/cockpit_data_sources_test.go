package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// listDataSources returns the data sources of a Project.
func listDataSources(
	t *testing.T, api *cockpit.RegionalAPI, req cockpit.RegionalAPIListDataSourcesRequest,
) []*cockpit.DataSource {
	t.Helper()
	list, err := api.ListDataSources(&req, scw.WithContext(t.Context()))
	if err != nil || int(list.TotalCount) != len(list.DataSources) {
		t.Fatalf("list data sources: %v, %+v", err, list)
	}
	return list.DataSources
}

func TestScalewayDataSources(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	found := listDataSources(t, api, cockpit.RegionalAPIListDataSourcesRequest{
		Origin: cockpit.DataSourceOriginScaleway,
	})
	if len(found) != 2 || found[0].Name != "Scaleway Metrics" || found[0].RetentionDays != 31 ||
		found[1].Name != "Scaleway Logs" || found[1].Type != cockpit.DataSourceTypeLogs ||
		found[1].RetentionDays != 7 || !found[1].SynchronizedWithGrafana {
		t.Fatalf("the default Project in fr-par: %+v", found)
	}
	if other := listDataSources(
		t, api, cockpit.RegionalAPIListDataSourcesRequest{Region: scw.RegionNlAms},
	); len(other) != 0 {
		t.Errorf("a region without objects has data sources: %+v", other)
	}
	days := uint32(365)
	changed, err := api.UpdateDataSource(&cockpit.RegionalAPIUpdateDataSourceRequest{
		DataSourceID: found[1].ID, RetentionDays: &days,
	})
	if err != nil || changed.RetentionDays != 365 || !changed.UpdatedAt.Equal(*found[1].UpdatedAt) {
		t.Errorf("change the retention: %v, %+v", err, changed)
	}
	var precondition *scw.PreconditionFailedError
	err = api.DeleteDataSource(&cockpit.RegionalAPIDeleteDataSourceRequest{DataSourceID: found[1].ID})
	if !errors.As(err, &precondition) {
		t.Errorf("delete a data source of Scaleway: %v", err)
	}

	// A new Project has no data sources until it has an object that sends data.
	project, err := account.NewProjectAPI(k.client).CreateProject(&account.ProjectAPICreateProjectRequest{Name: "p"})
	if err != nil {
		t.Fatal(err)
	}
	request := cockpit.RegionalAPIListDataSourcesRequest{ProjectID: project.ID}
	if empty := listDataSources(t, api, request); len(empty) != 0 {
		t.Errorf("a new Project has data sources: %+v", empty)
	}
	if _, err := vpc.NewAPI(k.client).CreatePrivateNetwork(
		&vpc.CreatePrivateNetworkRequest{ProjectID: project.ID, Name: "n"},
	); err != nil {
		t.Fatal(err)
	}
	if two := listDataSources(t, api, request); len(two) != 2 || two[0].ProjectID != project.ID {
		t.Errorf("a Project with a Private Network: %+v", two)
	}
}

func TestCustomDataSources(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{Empty: true})
	api := cockpit.NewRegionalAPI(k.client)
	create := func(name string, kind cockpit.DataSourceType, days *uint32) (*cockpit.DataSource, error) {
		return api.CreateDataSource(&cockpit.RegionalAPICreateDataSourceRequest{
			Name: name, Type: kind, RetentionDays: days,
		})
	}
	traces, err := create("b", cockpit.DataSourceTypeTraces, nil)
	if err != nil || traces.RetentionDays != 7 || traces.Origin != cockpit.DataSourceOriginCustom ||
		traces.CurrentMonthUsage != nil || traces.SynchronizedWithGrafana ||
		traces.URL != "https://"+traces.ID+".traces.cockpit.fr-par.scw.cloud" {
		t.Fatalf("create: %v, %+v", err, traces)
	}
	k.server.Advance(time.Minute)
	days := uint32(30)
	if _, err := create("a", cockpit.DataSourceTypeLogs, &days); err != nil {
		t.Fatal(err)
	}
	for order, want := range map[cockpit.ListDataSourcesRequestOrderBy]string{
		cockpit.ListDataSourcesRequestOrderByCreatedAtAsc: "b", cockpit.ListDataSourcesRequestOrderByNameAsc: "a",
		cockpit.ListDataSourcesRequestOrderByTypeDesc: "b", cockpit.ListDataSourcesRequestOrderByTypeAsc: "a",
	} {
		found := listDataSources(t, api, cockpit.RegionalAPIListDataSourcesRequest{OrderBy: order})
		if len(found) != 2 || found[0].Name != want {
			t.Errorf("%s: %+v", order, found)
		}
	}
	logs := listDataSources(t, api, cockpit.RegionalAPIListDataSourcesRequest{
		Origin: cockpit.DataSourceOriginCustom, Types: []cockpit.DataSourceType{cockpit.DataSourceTypeLogs},
	})
	if len(logs) != 1 || logs[0].RetentionDays != 30 || logs[0].CurrentMonthUsage == nil {
		t.Errorf("custom logs: %+v", logs)
	}
	if err := cockpit.NewGlobalAPI(k.client).SyncGrafanaDataSources(
		&cockpit.GlobalAPISyncGrafanaDataSourcesRequest{},
	); err != nil {
		t.Fatal(err)
	}
	got, err := api.GetDataSource(&cockpit.RegionalAPIGetDataSourceRequest{DataSourceID: traces.ID})
	if err != nil || !got.SynchronizedWithGrafana {
		t.Errorf("after the synchronization: %v, %+v", err, got)
	}

	tooLong := uint32(1826)
	var invalid *scw.InvalidArgumentsError
	if _, err := create("c", cockpit.DataSourceTypeLogs, &tooLong); !errors.As(err, &invalid) {
		t.Errorf("retention of 1826 days: %v", err)
	}
	if _, err := create("c", cockpit.DataSourceTypeUnknownType, nil); !errors.As(err, &invalid) {
		t.Errorf("no type: %v", err)
	}
	if err := api.DeleteDataSource(
		&cockpit.RegionalAPIDeleteDataSourceRequest{DataSourceID: traces.ID},
	); err != nil {
		t.Fatal(err)
	}
	var notFound *scw.ResourceNotFoundError
	_, err = api.GetDataSource(&cockpit.RegionalAPIGetDataSourceRequest{DataSourceID: traces.ID})
	if !errors.As(err, &notFound) || notFound.Resource != "data source" {
		t.Errorf("get a deleted data source: %v", err)
	}
	var denied *scw.PermissionsDeniedError
	_, err = api.ListDataSources(&cockpit.RegionalAPIListDataSourcesRequest{ProjectID: VPCID})
	if !errors.As(err, &denied) || denied.Details[0].Resource != "cockpit" {
		t.Errorf("list the data sources of an unknown Project: %v", err)
	}
}

func TestCockpitCatalogue(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	config, err := api.GetConfig(&cockpit.RegionalAPIGetConfigRequest{})
	if err != nil || config.ProductLogsRetention.DefaultDays != 7 || config.ProductMetricsRetention.DefaultDays != 31 ||
		config.CustomTracesRetention.MaxDays != 1825 {
		t.Errorf("configuration: %v, %+v", err, config)
	}
	products, err := api.ListProducts(&cockpit.RegionalAPIListProductsRequest{
		OrderBy: cockpit.ListProductsRequestOrderByFamilyNameDesc,
	})
	if err != nil || len(products.ProductsList) != 26 || products.ProductsList[0].FamilyName != "Storage" {
		t.Errorf("products: %v, %+v", err, products)
	}
	usage, err := api.GetUsageOverview(&cockpit.RegionalAPIGetUsageOverviewRequest{ProjectID: ProjectID})
	if err != nil || usage.ScalewayLogsUsage.Unit != cockpit.UsageUnitBytes ||
		usage.ExternalMetricsUsage.Unit != cockpit.UsageUnitSamples {
		t.Errorf("usage: %v, %+v", err, usage)
	}
	r := &rig{t: t, server: k.server, url: k.url, token: SecretKey}
	const overview = "/cockpit/v1/regions/fr-par/usage-overview?interval="
	hour := r.call(200, "GET", overview+"3600s", "")
	expectJSON(t, "3600.000000000s", hour, "scaleway_logs_usage", "interval")
	r.call(400, "GET", overview+"soon", "")
}

func TestCockpitPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const sources = "/cockpit/v1/regions/fr-par/data-sources"
	_, _, reader := newApplicationKey(r, "ObservabilityReadOnly")
	_, _, other := newApplicationKey(r, "KubernetesFullAccess")
	r.token = reader
	r.call(200, "GET", sources+"?project_id="+ProjectID, "")
	refused := r.call(403, "POST", sources, `{"project_id":"`+ProjectID+`","name":"n","type":"logs"}`)
	expectJSON(t, []any{map[string]string{"resource": "cockpit", "action": "write"}}, refused, "details")
	r.token = other
	r.call(403, "GET", sources+"?project_id="+ProjectID, "")
}

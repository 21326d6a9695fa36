package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestExporters(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	logs := listDataSources(t, api, cockpit.RegionalAPIListDataSourcesRequest{
		Types: []cockpit.DataSourceType{cockpit.DataSourceTypeLogs},
	})[0]
	request := func() *cockpit.RegionalAPICreateExporterRequest {
		return &cockpit.RegionalAPICreateExporterRequest{
			DatasourceID: logs.ID, Name: "siem", ExportedProducts: []string{"all"},
			OtlpDestination: &cockpit.ExporterOTLPDestination{Endpoint: "https://otlp.example.com"},
		}
	}
	exporter, err := api.CreateExporter(request())
	if err != nil || exporter.Status != cockpit.ExporterStatusCreating || exporter.OtlpDestination.Headers == nil {
		t.Fatalf("create: %v, %+v", err, exporter)
	}
	status := func() cockpit.ExporterStatus {
		t.Helper()
		got, err := api.GetExporter(&cockpit.RegionalAPIGetExporterRequest{ExporterID: exporter.ID})
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	for _, want := range []cockpit.ExporterStatus{
		cockpit.ExporterStatusUnknownStatus, cockpit.ExporterStatusError, cockpit.ExporterStatusCreating,
		cockpit.ExporterStatusReady,
	} {
		for range 60 {
			if status() == want {
				break
			}
			k.server.Advance(time.Second)
		}
		if got := status(); got != want {
			t.Fatalf("the exporter is %s, want %s", got, want)
		}
	}

	// An update while the exporter is new ends the statuses of the creation.
	second, err := api.CreateExporter(request())
	if err != nil {
		t.Fatal(err)
	}
	key, site, name := "0123456789", "https://api.datadoghq.eu", "datadog"
	updated, err := api.UpdateExporter(&cockpit.RegionalAPIUpdateExporterRequest{
		ExporterID: second.ID, Name: &name,
		DatadogDestination: &cockpit.ExporterDatadogDestination{APIKey: &key, Endpoint: &site},
	})
	if err != nil || updated.Name != name || updated.OtlpDestination != nil ||
		updated.DatadogDestination.APIKey != nil || *updated.DatadogDestination.Endpoint != site ||
		updated.Status != cockpit.ExporterStatusCreating {
		t.Errorf("update: %v, %+v", err, updated)
	}
	k.server.Advance(10 * time.Second)
	now, err := api.GetExporter(&cockpit.RegionalAPIGetExporterRequest{ExporterID: second.ID})
	if err != nil || now.Status != cockpit.ExporterStatusCreating {
		t.Errorf("10 seconds after the update: %v, %+v", err, now)
	}
	list, err := api.ListExporters(&cockpit.RegionalAPIListExportersRequest{
		ProjectID: ProjectID, DatasourceID: &logs.ID, OrderBy: cockpit.ListExportersRequestOrderByNameAsc,
	})
	if err != nil || list.TotalCount != 2 || list.Exporters[0].Name != "datadog" {
		t.Errorf("list: %v, %+v", err, list)
	}

	if err := api.DeleteExporter(&cockpit.RegionalAPIDeleteExporterRequest{ExporterID: exporter.ID}); err != nil {
		t.Fatal(err)
	}
	var notFound *scw.ResourceNotFoundError
	_, err = api.GetExporter(&cockpit.RegionalAPIGetExporterRequest{ExporterID: exporter.ID})
	if !errors.As(err, &notFound) || notFound.Resource != "exporter" {
		t.Errorf("get a deleted exporter: %v", err)
	}
}

func TestInvalidExporters(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	custom, err := api.CreateDataSource(&cockpit.RegionalAPICreateDataSourceRequest{
		Name: "mine", Type: cockpit.DataSourceTypeLogs,
	})
	if err != nil {
		t.Fatal(err)
	}
	scaleway := listDataSources(t, api, cockpit.RegionalAPIListDataSourcesRequest{
		Origin: cockpit.DataSourceOriginScaleway,
	})[0]
	otlp := &cockpit.ExporterOTLPDestination{Endpoint: "https://otlp.example.com"}
	for reason, request := range map[string]*cockpit.RegionalAPICreateExporterRequest{
		"a custom data source": {DatasourceID: custom.ID, Name: "e", OtlpDestination: otlp},
		"no destination":       {DatasourceID: scaleway.ID, Name: "e"},
		"two destinations": {
			DatasourceID: scaleway.ID, Name: "e", OtlpDestination: otlp,
			DatadogDestination: &cockpit.ExporterDatadogDestination{},
		},
		"no endpoint": {
			DatasourceID: scaleway.ID, Name: "e", OtlpDestination: &cockpit.ExporterOTLPDestination{},
		},
		"no name": {DatasourceID: scaleway.ID, OtlpDestination: otlp},
	} {
		var invalid *scw.InvalidArgumentsError
		if _, err := api.CreateExporter(request); !errors.As(err, &invalid) {
			t.Errorf("create an exporter with %s: %v", reason, err)
		}
	}
}

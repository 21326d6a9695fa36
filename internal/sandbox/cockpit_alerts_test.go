package sandbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestAlertManager also uses the deprecated managed alerts, which the official provider still requests.
//
//nolint:staticcheck // see above
func TestAlertManager(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	point := &cockpit.RegionalAPICreateContactPointRequest{Email: &cockpit.ContactPointEmail{To: "ops@example.com"}}
	manager, err := api.GetAlertManager(&cockpit.RegionalAPIGetAlertManagerRequest{})
	if err != nil || manager.AlertManagerEnabled || manager.AlertManagerURL != nil {
		t.Errorf("at first: %v, %+v", err, manager)
	}
	var precondition *scw.PreconditionFailedError
	if _, err := api.CreateContactPoint(point); !errors.As(err, &precondition) {
		t.Errorf("create a contact point of a disabled Alert manager: %v", err)
	}
	manager, err = api.EnableAlertManager(&cockpit.RegionalAPIEnableAlertManagerRequest{})
	if err != nil || !manager.AlertManagerEnabled ||
		!strings.HasSuffix(*manager.AlertManagerURL, ".alertmanager.cockpit.fr-par.scw.cloud") {
		t.Fatalf("enable: %v, %+v", err, manager)
	}
	if _, err := api.CreateContactPoint(point); err != nil {
		t.Fatal(err)
	}
	resolved := true
	updated, err := api.UpdateContactPoint(&cockpit.RegionalAPIUpdateContactPointRequest{
		Email: point.Email, SendResolvedNotifications: &resolved,
	})
	if err != nil || !updated.SendResolvedNotifications {
		t.Errorf("update a contact point: %v, %+v", err, updated)
	}
	points := func() *cockpit.ListContactPointsResponse {
		t.Helper()
		list, err := api.ListContactPoints(&cockpit.RegionalAPIListContactPointsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := points(); list.TotalCount != 1 || list.ContactPoints[0].Email.To != "ops@example.com" ||
		!list.ContactPoints[0].SendResolvedNotifications {
		t.Errorf("contact points: %+v", list)
	}
	if err := api.TriggerTestAlert(&cockpit.RegionalAPITriggerTestAlertRequest{}); err != nil {
		t.Error(err)
	}
	managed, err := api.EnableManagedAlerts(&cockpit.RegionalAPIEnableManagedAlertsRequest{})
	if err != nil || !managed.ManagedAlertsEnabled {
		t.Errorf("enable managed alerts: %v, %+v", err, managed)
	}
	disabled, err := api.DisableAlertManager(&cockpit.RegionalAPIDisableAlertManagerRequest{})
	if err != nil || disabled.AlertManagerEnabled || disabled.ManagedAlertsEnabled || disabled.AlertManagerURL != nil {
		t.Errorf("disable: %v, %+v", err, disabled)
	}
	if list := points(); list.TotalCount != 0 {
		t.Errorf("contact points of a disabled Alert manager: %+v", list)
	}
}

func TestDeleteContactPoint(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	if _, err := api.EnableAlertManager(&cockpit.RegionalAPIEnableAlertManagerRequest{}); err != nil {
		t.Fatal(err)
	}
	email := &cockpit.ContactPointEmail{To: "ops@example.com"}
	if _, err := api.CreateContactPoint(&cockpit.RegionalAPICreateContactPointRequest{Email: email}); err != nil {
		t.Fatal(err)
	}
	request := &cockpit.RegionalAPIDeleteContactPointRequest{Email: email}
	if err := api.DeleteContactPoint(request); err != nil {
		t.Fatal(err)
	}
	var notFound *scw.ResourceNotFoundError
	if err := api.DeleteContactPoint(request); !errors.As(err, &notFound) {
		t.Errorf("delete a deleted contact point: %v", err)
	}
}

func TestPreconfiguredAlerts(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	list := func(req cockpit.RegionalAPIListAlertsRequest) []*cockpit.Alert {
		t.Helper()
		alerts, err := api.ListAlerts(&req)
		if err != nil {
			t.Fatal(err)
		}
		return alerts.Alerts
	}
	all := list(cockpit.RegionalAPIListAlertsRequest{IsPreconfigured: scw.BoolPtr(true)})
	rule := ""
	for _, alert := range all {
		if alert.Name == "NodesNotReady" {
			rule = alert.PreconfiguredData.PreconfiguredRuleID
		}
		if alert.RuleStatus != cockpit.AlertStatusDisabled || alert.Rule == "" || alert.Annotations["summary"] == "" ||
			alert.PreconfiguredData.ProductFamily == "" || *alert.State != cockpit.AlertStateUnknownState {
			t.Errorf("%s: %+v", alert.Name, alert)
		}
	}
	if rule == "" {
		t.Fatalf("no alert on nodes that are not ready in %d alerts", len(all))
	}
	enabled, err := api.EnableAlertRules(&cockpit.RegionalAPIEnableAlertRulesRequest{RuleIDs: []string{rule}})
	if err != nil || len(enabled.EnabledRuleIDs) != 1 {
		t.Fatalf("enable: %v, %+v", err, enabled)
	}
	status, count := cockpit.AlertStatusEnabling, cockpit.RegionalAPIGetRulesCountRequest{}
	if found := list(cockpit.RegionalAPIListAlertsRequest{RuleStatus: &status}); len(found) != 1 {
		t.Errorf("%d alerts are enabling", len(found))
	}
	k.server.Advance(time.Minute)
	status = cockpit.AlertStatusEnabled
	found := list(cockpit.RegionalAPIListAlertsRequest{RuleStatus: &status})
	if len(found) != 1 || found[0].Name != "NodesNotReady" || found[0].DataSourceID == "" ||
		*found[0].State != cockpit.AlertStateInactive {
		t.Errorf("enabled alerts: %+v", found)
	}
	counted, err := api.GetRulesCount(&count)
	if err != nil || counted.PreconfiguredRulesCount != 1 || counted.RulesCountByDatasource[0].RulesCount != 1 {
		t.Errorf("count: %v, %+v", err, counted)
	}
	var notFound *scw.ResourceNotFoundError
	_, err = api.EnableAlertRules(&cockpit.RegionalAPIEnableAlertRulesRequest{RuleIDs: []string{VPCID}})
	if !errors.As(err, &notFound) {
		t.Errorf("enable an unknown rule: %v", err)
	}
	disabled, err := api.DisableAlertRules(&cockpit.RegionalAPIDisableAlertRulesRequest{RuleIDs: []string{}})
	if err != nil || len(disabled.DisabledRuleIDs) != len(all) {
		t.Errorf("disable all: %v, %+v", err, disabled)
	}
	k.server.Advance(time.Minute)
	if counted, err = api.GetRulesCount(&count); err != nil || counted.PreconfiguredRulesCount != 0 {
		t.Errorf("count: %v, %+v", err, counted)
	}
}

package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestAuditTrailAlertRules(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := audit_trail.NewAPI(k.client)
	count := func(status audit_trail.AlertRuleStatus) uint64 {
		t.Helper()
		list, err := api.ListAlertRules(&audit_trail.ListAlertRulesRequest{Status: &status})
		if err != nil {
			t.Fatal(err)
		}
		return list.TotalCount
	}
	all, err := api.ListAlertRules(&audit_trail.ListAlertRulesRequest{})
	if err != nil || all.TotalCount != 11 || count(audit_trail.AlertRuleStatusDisabled) != 11 {
		t.Fatalf("at first: %v, %+v", err, all)
	}
	ids := []string{}
	for _, rule := range all.AlertRules {
		ids = append(ids, rule.ID)
	}
	var notFound *scw.ResourceNotFoundError
	_, err = api.EnableAlertRules(&audit_trail.EnableAlertRulesRequest{AlertRuleIDs: []string{ids[0], VPCID}})
	if !errors.As(err, &notFound) || count(audit_trail.AlertRuleStatusDisabled) != 11 {
		t.Errorf("enable an unknown rule: %v", err)
	}
	enabled, err := api.EnableAlertRules(&audit_trail.EnableAlertRulesRequest{AlertRuleIDs: ids[:2]})
	if err != nil || len(enabled.AlertRules) != 2 ||
		enabled.AlertRules[0].Status != audit_trail.AlertRuleStatusEnabling {
		t.Fatalf("enable: %v, %+v", err, enabled)
	}
	k.server.Advance(time.Minute)
	if count(audit_trail.AlertRuleStatusEnabled) != 2 {
		t.Error("the rules are not enabled after a minute")
	}
	replaced, err := api.SetEnabledAlertRules(&audit_trail.SetEnabledAlertRulesRequest{EnabledAlertRuleIDs: ids[1:4]})
	if err != nil || len(replaced.AlertRules) != 3 || count(audit_trail.AlertRuleStatusEnabling) != 2 ||
		count(audit_trail.AlertRuleStatusDisabling) != 1 {
		t.Errorf("replace: %v, %+v", err, replaced)
	}
	k.server.Advance(time.Minute)
	if count(audit_trail.AlertRuleStatusEnabled) != 3 || count(audit_trail.AlertRuleStatusDisabled) != 8 {
		t.Error("the replaced rules are not enabled after a minute")
	}
	if _, err := api.DisableAlertRules(&audit_trail.DisableAlertRulesRequest{AlertRuleIDs: ids}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	if count(audit_trail.AlertRuleStatusDisabled) != 11 {
		t.Error("the rules are not disabled after a minute")
	}
	other, err := api.ListAlertRules(&audit_trail.ListAlertRulesRequest{Region: scw.RegionNlAms})
	if err != nil || other.TotalCount != 11 || other.AlertRules[0].ID == ids[0] {
		t.Errorf("another region: %v, %+v", err, other)
	}

	var unknown *scw.ResponseError
	_, err = api.ListCustomAlertRules(&audit_trail.ListCustomAlertRulesRequest{})
	if !errors.As(err, &unknown) || unknown.StatusCode != 501 || unknown.Message != "unknown method" {
		t.Errorf("custom alert rules: %v", err)
	}
}

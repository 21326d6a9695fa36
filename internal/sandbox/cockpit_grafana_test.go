package sandbox

import (
	"errors"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestGrafana(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewGlobalAPI(k.client)
	const url = "https://" + ProjectID + ".dashboard.cockpit.scaleway.com"
	grafana, err := api.GetGrafana(&cockpit.GlobalAPIGetGrafanaRequest{})
	if err != nil || grafana.GrafanaURL != url {
		t.Errorf("Grafana: %v, %+v", err, grafana)
	}
	list, err := api.ListGrafanaProductDashboards(&cockpit.GlobalAPIListGrafanaProductDashboardsRequest{
		Tags: []string{"kubernetes"},
	})
	if err != nil || list.TotalCount != 5 {
		t.Fatalf("dashboards of Kubernetes: %v, %+v", err, list)
	}
	const name = "scw-kubernetes-cluster-audit-logs"
	dashboard, err := api.GetGrafanaProductDashboard(
		&cockpit.GlobalAPIGetGrafanaProductDashboardRequest{DashboardName: name},
	)
	if err != nil || dashboard.URL != url+"/d/"+name+"/kubernetes-cluster-audit-logs" || len(dashboard.Variables) != 6 {
		t.Errorf("dashboard: %v, %+v", err, dashboard)
	}
	var notFound *scw.ResourceNotFoundError
	_, err = api.GetGrafanaProductDashboard(&cockpit.GlobalAPIGetGrafanaProductDashboardRequest{DashboardName: "none"})
	if !errors.As(err, &notFound) {
		t.Errorf("unknown dashboard: %v", err)
	}
}

// TestGrafanaUsers uses the deprecated users of Grafana, which the official provider still requests.
//
//nolint:staticcheck // see above
func TestGrafanaUsers(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewGlobalAPI(k.client)
	user, err := api.CreateGrafanaUser(&cockpit.GlobalAPICreateGrafanaUserRequest{
		Login: "viewer", Role: cockpit.GrafanaUserRoleViewer,
	})
	if err != nil || user.Password == nil || *user.Password == "" {
		t.Fatalf("create: %v, %+v", err, user)
	}
	list, err := api.ListGrafanaUsers(&cockpit.GlobalAPIListGrafanaUsersRequest{})
	if err != nil || list.TotalCount != 1 || list.GrafanaUsers[0].Login != "viewer" ||
		list.GrafanaUsers[0].Password != nil {
		t.Errorf("list: %v, %+v", err, list)
	}
	again, err := api.ResetGrafanaUserPassword(
		&cockpit.GlobalAPIResetGrafanaUserPasswordRequest{GrafanaUserID: user.ID},
	)
	if err != nil || *again.Password == *user.Password {
		t.Errorf("reset: %v, %+v", err, again)
	}
	if err := api.DeleteGrafanaUser(&cockpit.GlobalAPIDeleteGrafanaUserRequest{GrafanaUserID: user.ID}); err != nil {
		t.Fatal(err)
	}
	var invalid *scw.InvalidArgumentsError
	_, err = api.CreateGrafanaUser(&cockpit.GlobalAPICreateGrafanaUserRequest{
		Login: "admin", Role: cockpit.GrafanaUserRoleEditor,
	})
	if !errors.As(err, &invalid) {
		t.Errorf("create admin: %v", err)
	}
}

// TestCockpitPlans uses the deprecated plans.
//
//nolint:staticcheck // see above
func TestCockpitPlans(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewGlobalAPI(k.client)
	plans, err := api.ListPlans(&cockpit.GlobalAPIListPlansRequest{OrderBy: cockpit.ListPlansRequestOrderByNameDesc})
	if err != nil || plans.TotalCount != 3 || plans.Plans[0].Name != cockpit.PlanNamePremium {
		t.Errorf("plans: %v, %+v", err, plans)
	}
	current, err := api.GetCurrentPlan(&cockpit.GlobalAPIGetCurrentPlanRequest{})
	if err != nil || current.Name != cockpit.PlanNameFree || current.RetentionLogsInterval.Seconds != 7*24*3600 {
		t.Errorf("current plan: %v, %+v", err, current)
	}
	if _, err := api.SelectPlan(&cockpit.GlobalAPISelectPlanRequest{PlanName: cockpit.PlanNamePremium}); err != nil {
		t.Fatal(err)
	}
	current, err = api.GetCurrentPlan(&cockpit.GlobalAPIGetCurrentPlanRequest{})
	if err != nil || current.Name != cockpit.PlanNamePremium {
		t.Errorf("current plan: %v, %+v", err, current)
	}
}

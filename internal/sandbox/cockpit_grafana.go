package sandbox

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// cockpitDashboardsCSV holds the recorded dashboards of Scaleway's products.
//
//go:embed cockpit_dashboards.csv
var cockpitDashboardsCSV string

// grafanaUser is a user of the Grafana of a Project. Only the responses that set its password have it.
type grafanaUser struct {
	cockpit.GrafanaUser

	ProjectID string `json:"project_id"`
}

// cockpitPlan is the pricing plan that a Project has selected. The API deprecates plans.
type cockpitPlan struct {
	ProjectID string           `json:"project_id"`
	Name      cockpit.PlanName `json:"name"`
}

func (s *Server) routeGrafana(base string) {
	grafana := base + "/grafana"
	s.route("GET "+grafana, areaCockpit, s.getGrafana)
	s.route("POST "+grafana+"/sync-data-sources", areaCockpit, s.syncDataSources)
	s.route("GET "+grafana+"/product-dashboards", areaCockpit, s.listDashboards)
	s.route("GET "+grafana+"/product-dashboards/{name}", areaCockpit, s.getDashboard)
	s.route("GET "+grafana+"/users", areaCockpit, s.listGrafanaUsers)
	s.route("POST "+grafana+"/users", areaCockpit, s.createGrafanaUser)
	s.route("POST "+grafana+"/users/{id}/reset-password", areaCockpit, s.resetGrafanaPassword)
	s.route("DELETE "+grafana+"/users/{id}", areaCockpit, s.deleteGrafanaUser)
	s.route("GET "+base+"/plans", areaCockpit, s.listPlans)
	s.route("PATCH "+base+"/plans", areaCockpit, s.selectPlan)
	s.route("GET "+base+"/current-plan", areaCockpit, s.getCurrentPlan)
}

func grafanaURL(projectID string) string {
	return "https://" + projectID + ".dashboard.cockpit.scaleway.com"
}

func (s *Server) getGrafana(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	return &cockpit.Grafana{GrafanaURL: grafanaURL(projectID)}, nil
}

// syncDataSources synchronizes all data sources of a Project with its Grafana.
func (s *Server) syncDataSources(c *call) (any, error) {
	var req cockpit.GlobalAPISyncGrafanaDataSourcesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	for _, source := range s.cockpitSources.list(func(d *cockpitSource) bool { return d.ProjectID == projectID }) {
		source.SynchronizedWithGrafana = true
	}
	return noContent{}, nil
}

func dashboards(projectID string) []*cockpit.GrafanaProductDashboard {
	rows, err := csv.NewReader(strings.NewReader(cockpitDashboardsCSV)).ReadAll()
	if err != nil {
		panic("sandbox: cockpit_dashboards.csv: " + err.Error())
	}
	split := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ';' })
	}
	var all []*cockpit.GrafanaProductDashboard
	for _, row := range rows[1:] {
		all = append(all, &cockpit.GrafanaProductDashboard{
			Name: row[0], Title: row[1], Tags: nonNilSlice(split(row[2])), Variables: nonNilSlice(split(row[3])),
			URL: grafanaURL(projectID) + "/d/" + row[0] + "/" + strings.TrimPrefix(row[0], "scw-"),
		})
	}
	return all
}

func (s *Server) listDashboards(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	f := c.filters()
	found := slices.DeleteFunc(dashboards(projectID), func(d *cockpit.GrafanaProductDashboard) bool {
		return !f.hasTag(d.Tags)
	})
	page, total := paginateWithDefault(c, found, cockpitPageSize)
	return map[string]any{"dashboards": page, "total_count": total}, nil
}

func (s *Server) getDashboard(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	for _, dashboard := range dashboards(projectID) {
		if dashboard.Name == c.PathValue("name") {
			return dashboard, nil
		}
	}
	return nil, errNotFound("dashboard", c.PathValue("name"))
}

func (s *Server) listGrafanaUsers(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	found := s.grafanaUsers.list(func(u *grafanaUser) bool { return u.ProjectID == projectID })
	sortByText(c, found, "login_asc", func(u *grafanaUser, _ string) string { return u.Login })
	users := make([]*cockpit.GrafanaUser, len(found))
	for i, u := range found {
		users[i] = &u.GrafanaUser
	}
	page, total := paginate(c, users)
	return map[string]any{"grafana_users": page, "total_count": total}, nil
}

// key returns the user's key in the collection.
func (u *grafanaUser) key() string { return strconv.Itoa(int(u.ID)) }

// withPassword returns a user with a new password, as responses have it once.
func (u *grafanaUser) withPassword() *cockpit.GrafanaUser {
	answer := u.GrafanaUser
	answer.Password = scw.StringPtr(strings.ReplaceAll(uuid.NewString(), "-", "")[:16])
	return &answer
}

func (s *Server) createGrafanaUser(c *call) (any, error) {
	var req cockpit.GlobalAPICreateGrafanaUserRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	if req.Role != cockpit.GrafanaUserRoleEditor && req.Role != cockpit.GrafanaUserRoleViewer {
		return nil, errInvalid("role", "required", "")
	}
	// [INFERRED cockpit-validation] The SDK says that the name of the first user, admin, is not available.
	if req.Login == "" || req.Login == "admin" {
		return nil, errInvalid("login", "constraint", "choose another login")
	}
	u := &grafanaUser{ProjectID: projectID, GrafanaUser: cockpit.GrafanaUser{ID: 2, Login: req.Login, Role: req.Role}}
	for _, other := range s.grafanaUsers.list(nil) {
		u.ID = max(u.ID, other.ID+1)
	}
	s.grafanaUsers.put(u.key(), u)
	return u.withPassword(), nil
}

func (s *Server) findGrafanaUser(c *call, projectID string) (*grafanaUser, error) {
	id := c.PathValue("id")
	u, ok := s.grafanaUsers.get(id)
	if !ok || u.ProjectID != projectID {
		return nil, errNotFound("grafana user", id)
	}
	return u, nil
}

func (s *Server) resetGrafanaPassword(c *call) (any, error) {
	var req cockpit.GlobalAPIResetGrafanaUserPasswordRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	u, err := s.findGrafanaUser(c, c.projectID(&req.ProjectID))
	if err != nil {
		return nil, err
	}
	return u.withPassword(), nil
}

func (s *Server) deleteGrafanaUser(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	u, err := s.findGrafanaUser(c, projectID)
	if err != nil {
		return nil, err
	}
	s.grafanaUsers.remove(u.key())
	return noContent{}, nil
}

// plan is a pricing plan with durations in whole seconds, as recorded.
type plan struct {
	cockpit.Plan

	RetentionMetricsInterval apiDuration `json:"retention_metrics_interval"`
	RetentionLogsInterval    apiDuration `json:"retention_logs_interval"`
	RetentionTracesInterval  apiDuration `json:"retention_traces_interval"`
}

// plans returns the recorded plans.
func plans() []*plan {
	newPlan := func(name cockpit.PlanName, price uint32, metricsDays, otherDays int) *plan {
		days := func(n int) apiDuration {
			return apiDuration{*scw.NewDurationFromTimeDuration(time.Duration(n) * 24 * time.Hour)}
		}
		return &plan{
			Plan: cockpit.Plan{
				Name: name, MonthlyPrice: price,
				SampleIngestionPrice: 15, LogsIngestionPrice: 35, TracesIngestionPrice: 35,
			},
			RetentionMetricsInterval: days(metricsDays), RetentionLogsInterval: days(otherDays),
			RetentionTracesInterval: days(otherDays),
		}
	}
	return []*plan{
		newPlan(cockpit.PlanNameCustom, 29, 365, 31),
		newPlan(cockpit.PlanNameFree, 0, 31, 7),
		newPlan(cockpit.PlanNamePremium, 29, 365, 31),
	}
}

func (s *Server) listPlans(c *call) (any, error) {
	page, total := paginate(c, sortByText(c, plans(), "name_asc", func(p *plan, _ string) string {
		return string(p.Name)
	}))
	return map[string]any{"plans": page, "total_count": total}, nil
}

// currentPlan returns the plan of a Project: free unless it has selected another one.
func (s *Server) currentPlan(projectID string) *plan {
	name := cockpit.PlanNameFree
	if selected, ok := s.cockpitPlans.get(projectID); ok {
		name = selected.Name
	}
	all := plans()
	return all[slices.IndexFunc(all, func(p *plan) bool { return p.Name == name })]
}

func (s *Server) getCurrentPlan(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	return s.currentPlan(projectID), nil
}

func (s *Server) selectPlan(c *call) (any, error) {
	var req cockpit.GlobalAPISelectPlanRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(plans(), func(p *plan) bool { return p.Name == req.PlanName }) {
		return nil, errInvalid("plan_name", "constraint", "is not a plan")
	}
	s.cockpitPlans.put(projectID, &cockpitPlan{ProjectID: projectID, Name: req.PlanName})
	return s.currentPlan(projectID), nil
}

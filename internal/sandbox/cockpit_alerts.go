package sandbox

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
)

// alertRuleDuration is the time that a preconfigured alert rule of Cockpit or Audit Trail needs to be enabled or
// disabled.
const alertRuleDuration = 5 * time.Second

// cockpitAlertsJSON holds the recorded preconfigured alerts.
//
//go:embed cockpit_alerts.json
var cockpitAlertsJSON []byte

func (s *Server) routeAlerts(base string) {
	s.route("GET "+base+"/alerts", areaCockpit, s.listAlerts)
	s.route("GET "+base+"/rules/count", areaCockpit, s.countRules)
	s.route("POST "+base+"/alert-manager/enable-alert-rules", areaCockpit, s.setAlertRules(true))
	s.route("POST "+base+"/alert-manager/disable-alert-rules", areaCockpit, s.setAlertRules(false))
}

// alerts returns the preconfigured alerts of a Project in a region with their current status.
//
// [INFERRED cockpit-alert-rules] No recording has an enabled rule: it then names the data source that it evaluates, and
// is inactive, since the sandbox has no data.
func (s *Server) alerts(m *alertManager) []*cockpit.Alert {
	var all []*cockpit.Alert
	if err := json.Unmarshal(cockpitAlertsJSON, &all); err != nil {
		panic("sandbox: cockpit_alerts.json: " + err.Error())
	}
	for _, alert := range all {
		unknown, inactive := cockpit.AlertStateUnknownState, cockpit.AlertStateInactive
		alert.Region, alert.Preconfigured, alert.State = m.Region, true, &unknown
		alert.RuleStatus = cockpit.AlertStatusDisabled
		alert.PreconfiguredData = &cockpit.PreconfiguredAlertData{
			PreconfiguredRuleID: alert.Annotations["rule_id"], DisplayName: alert.Annotations["display_name"],
			DisplayDescription: alert.Annotations["display_description"],
			ProductName:        alert.Annotations["product"], ProductFamily: alert.Annotations["family"],
		}
		if status, ok := m.RuleStatuses[alert.PreconfiguredData.PreconfiguredRuleID]; ok {
			alert.RuleStatus = status
		}
		source := s.scalewayMetrics(m.ProjectID, m.Region)
		if alert.RuleStatus == cockpit.AlertStatusEnabled {
			alert.State = &inactive
			if source != nil {
				alert.DataSourceID = source.ID
			}
		}
	}
	return all
}

// listAlerts lists the alerts of Scaleway's metrics, or of the data source in the query. Only the former have any: the
// sandbox has no custom rules.
func (s *Server) listAlerts(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	s.activateCockpit(projectID, c.region())
	f, query := c.filters(), c.URL.Query()
	source := s.scalewayMetrics(projectID, c.region())
	wanted := query.Get("data_source_id")
	found := []*cockpit.Alert{}
	if wanted == "" || source != nil && source.ID == wanted {
		found = s.alerts(s.alertManagerOf(projectID, c.region()))
	}
	if preconfigured, err := strconv.ParseBool(query.Get("is_preconfigured")); err == nil && !preconfigured {
		found = []*cockpit.Alert{}
	}
	found = slices.DeleteFunc(found, func(alert *cockpit.Alert) bool {
		return !f.matches("rule_status", string(alert.RuleStatus)) || !f.matches("state", string(*alert.State))
	})
	return map[string]any{"alerts": found, "total_count": len(found)}, nil
}

// countRules counts the enabled rules of a Project.
func (s *Server) countRules(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	answer := cockpit.GetRulesCountResponse{RulesCountByDatasource: []*cockpit.RulesCount{}}
	for _, status := range s.alertManagerOf(projectID, c.region()).RuleStatuses {
		if status == cockpit.AlertStatusEnabled {
			answer.PreconfiguredRulesCount++
		}
	}
	source := s.scalewayMetrics(projectID, c.region())
	if answer.PreconfiguredRulesCount > 0 && source != nil {
		answer.RulesCountByDatasource = append(answer.RulesCountByDatasource, &cockpit.RulesCount{
			DataSourceID: source.ID, DataSourceName: source.Name, RulesCount: answer.PreconfiguredRulesCount,
		})
	}
	return answer, nil
}

// setAlertRules enables or disables preconfigured rules: those of the request, or all if it names none.
func (s *Server) setAlertRules(enabled bool) handler {
	transient, final, key := cockpit.AlertStatusEnabling, cockpit.AlertStatusEnabled, "enabled_rule_ids"
	if !enabled {
		transient, final, key = cockpit.AlertStatusDisabling, cockpit.AlertStatusDisabled, "disabled_rule_ids"
	}
	return func(c *call) (any, error) {
		m, err := s.requestedAlertManager(c)
		if err != nil {
			return nil, err
		}
		var req cockpit.RegionalAPIEnableAlertRulesRequest
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		var known []string
		for _, alert := range s.alerts(m) {
			known = append(known, alert.PreconfiguredData.PreconfiguredRuleID)
		}
		ids := req.RuleIDs
		if len(ids) == 0 {
			ids = known
		}
		for _, id := range ids {
			if !slices.Contains(known, id) {
				return nil, errNotFound("rule", id)
			}
		}
		for _, id := range ids {
			m.RuleStatuses[id] = transient
			s.after(alertRuleDuration, func() {
				if current, ok := s.alertManagers.get(m.ID); ok && current.RuleStatuses[id] == transient {
					current.RuleStatuses[id] = final
				}
			})
		}
		return map[string]any{key: ids}, nil
	}
}

package sandbox

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// auditRule is a preconfigured alert rule of Audit Trail in a region.
type auditRule struct {
	audit_trail.AlertRule

	region scw.Region
}

// newAuditRules returns the rules of all regions. A live test saw eleven, all disabled.
//
// [INFERRED audit-trail-alert-rules] The documentation has the names of the first five.
func newAuditRules() *collection[auditRule] {
	all := newCollection[auditRule]()
	for _, region := range []scw.Region{scw.RegionFrPar, scw.RegionNlAms, scw.RegionPlWaw, scw.RegionItMil} {
		for _, rule := range []struct{ name, description string }{
			{"ApiKeyCreated", "Triggered when a new API key is created."},
			{"ApiKeyCreationUnauthorized", "Triggered when an unauthorized creation of an API key is detected."},
			{"ApiKeyDeleted", "Triggered when an API key is deleted."},
			{"ApiKeyDeletionUnauthorized", "Triggered when an unauthorized deletion of an API key is detected."},
			{"HttpForbiddenErrorRateHigh", "Triggered by more than 20 HTTP 403 errors within 5 minutes."},
			{"ExportJobDeleted", "Triggered when an Audit Trail export is deleted."},
			{"PolicyCreated", "Triggered when an IAM policy is created."},
			{"PolicyDeleted", "Triggered when an IAM policy is deleted."},
			{"SshKeyCreated", "Triggered when an SSH key is created."},
			{"UserCreated", "Triggered when a user is created."},
			{"UserDeleted", "Triggered when a user is deleted."},
		} {
			id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("audit-trail/"+string(region)+"/"+rule.name)).String()
			all.put(id, &auditRule{region: region, AlertRule: audit_trail.AlertRule{
				ID: id, Name: rule.name, Description: rule.description, Status: audit_trail.AlertRuleStatusDisabled,
			}})
		}
	}
	return all
}

func (s *Server) routeAuditRules(base string) {
	s.route("GET "+base+"/alert-rules", areaAuditTrail, s.listAuditRules)
	s.route("PATCH "+base+"/alert-rules", areaAuditTrail, s.replaceEnabledRules)
	s.route("POST "+base+"/enable-alert-rules", areaAuditTrail, s.changeAuditRules(true))
	s.route("POST "+base+"/disable-alert-rules", areaAuditTrail, s.changeAuditRules(false))
	for _, pattern := range []string{
		"GET " + base + "/custom-alert-rules", "POST " + base + "/custom-alert-rules",
		"PUT " + base + "/custom-alert-rules", "PATCH " + base + "/custom-alert-rules/{id}",
		"DELETE " + base + "/custom-alert-rules/{id}", "POST " + base + "/enable-custom-alert-rules",
		"POST " + base + "/disable-custom-alert-rules", "POST " + base + "/test-custom-alert-rule",
		"GET " + base + "/custom-alert-rule-fields",
	} {
		s.route(pattern, areaAuditTrail, unknownMethod)
	}
}

// unknownMethod answers like the API to the documented methods of custom alert rules, as a live test saw it.
//
// [INFERRED audit-trail-custom-rules] The test does not tell the type of the error.
func unknownMethod(*call) (any, error) {
	return nil, &apiError{status: http.StatusNotImplemented, body: map[string]any{
		"message": "unknown method", "type": "not_implemented",
	}}
}

func (s *Server) listAuditRules(c *call) (any, error) {
	if err := checkOrganization(c, c.URL.Query().Get("organization_id")); err != nil {
		return nil, err
	}
	wanted := slices.DeleteFunc(c.filters().values("status"), func(status string) bool {
		return status == string(audit_trail.AlertRuleStatusUnknownStatus)
	})
	found := s.auditRules.list(func(r *auditRule) bool {
		return r.region == c.region() && (len(wanted) == 0 || slices.Contains(wanted, string(r.Status)))
	})
	page, total := paginate(c, found)
	return map[string]any{"alert_rules": page, "total_count": total}, nil
}

// findAuditRules returns the rules with the ids. As a live test saw it, one unknown id refuses all.
func (s *Server) findAuditRules(c *call, ids []string) ([]*auditRule, error) {
	found := []*auditRule{}
	for _, id := range ids {
		rule, ok := s.auditRules.get(id)
		if !ok || rule.region != c.region() {
			return nil, errNotFound("alert_rule", id)
		}
		found = append(found, rule)
	}
	return found, nil
}

// setAuditRule enables or disables a rule, which takes some seconds.
func (s *Server) setAuditRule(rule *auditRule, enabled bool) {
	transient, final := audit_trail.AlertRuleStatusEnabling, audit_trail.AlertRuleStatusEnabled
	if !enabled {
		transient, final = audit_trail.AlertRuleStatusDisabling, audit_trail.AlertRuleStatusDisabled
	}
	if rule.Status == final {
		return
	}
	rule.Status = transient
	s.after(alertRuleDuration, func() {
		if current, ok := s.auditRules.get(rule.ID); ok && current.Status == transient {
			current.Status = final
		}
	})
}

func (s *Server) changeAuditRules(enabled bool) handler {
	return func(c *call) (any, error) {
		var req audit_trail.EnableAlertRulesRequest
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		if err := checkOrganization(c, req.OrganizationID); err != nil {
			return nil, err
		}
		rules, err := s.findAuditRules(c, req.AlertRuleIDs)
		if err != nil {
			return nil, err
		}
		for _, rule := range rules {
			s.setAuditRule(rule, enabled)
		}
		return map[string]any{"alert_rules": rules}, nil
	}
}

// replaceEnabledRules enables the rules of the request and disables all others.
func (s *Server) replaceEnabledRules(c *call) (any, error) {
	var req audit_trail.SetEnabledAlertRulesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkOrganization(c, req.OrganizationID); err != nil {
		return nil, err
	}
	enabled, err := s.findAuditRules(c, req.EnabledAlertRuleIDs)
	if err != nil {
		return nil, err
	}
	for _, rule := range s.auditRules.list(func(r *auditRule) bool { return r.region == c.region() }) {
		s.setAuditRule(rule, slices.Contains(enabled, rule))
	}
	return map[string]any{"alert_rules": enabled}, nil
}

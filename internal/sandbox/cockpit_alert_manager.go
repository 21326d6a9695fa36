package sandbox

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// alertManager is the Alert manager of a Project in a region: its contact points and preconfigured alert rules.
type alertManager struct {
	cockpit.AlertManager

	ID            string                         `json:"id"`
	ProjectID     string                         `json:"project_id"`
	ContactPoints []*cockpit.ContactPoint        `json:"contact_points"`
	RuleStatuses  map[string]cockpit.AlertStatus `json:"rule_statuses"` // by rule id; without an entry it is disabled
}

func (s *Server) routeAlertManager(base string) {
	manager := base + "/alert-manager"
	s.route("GET "+manager, areaCockpit, s.getAlertManager)
	s.route("POST "+manager+"/enable", areaCockpit, s.enableAlertManager)
	s.route("POST "+manager+"/disable", areaCockpit, s.disableAlertManager)
	s.route("POST "+manager+"/managed-alerts/enable", areaCockpit, s.setManagedAlerts(true))
	s.route("POST "+manager+"/managed-alerts/disable", areaCockpit, s.setManagedAlerts(false))
	s.route("POST "+manager+"/trigger-test-alert", areaCockpit, s.triggerTestAlert)
	s.route("GET "+manager+"/contact-points", areaCockpit, s.listContactPoints)
	s.route("POST "+manager+"/contact-points", areaCockpit, s.createContactPoint)
	s.route("PATCH "+manager+"/contact-points", areaCockpit, s.updateContactPoint)
	s.route("POST "+manager+"/contact-points/delete", areaCockpit, s.deleteContactPoint)
	s.routeAlerts(base)
}

// alertManagerOf returns the Alert manager of a Project in a region. It exists for every Project, disabled at first.
func (s *Server) alertManagerOf(projectID string, region scw.Region) *alertManager {
	found := s.alertManagers.list(func(m *alertManager) bool {
		return m.ProjectID == projectID && m.Region == region
	})
	if len(found) > 0 {
		return found[0]
	}
	m := &alertManager{
		AlertManager: cockpit.AlertManager{Region: region}, ID: uuid.NewString(), ProjectID: projectID,
		ContactPoints: []*cockpit.ContactPoint{}, RuleStatuses: map[string]cockpit.AlertStatus{},
	}
	s.alertManagers.put(m.ID, m)
	return m
}

// requestedAlertManager returns the Alert manager of the Project in the body of a request.
func (s *Server) requestedAlertManager(c *call) (*alertManager, error) {
	var req cockpit.RegionalAPIEnableAlertManagerRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	return s.alertManagerOf(projectID, c.region()), nil
}

// requestedEnabledAlertManager returns the same, which must be enabled.
//
// [INFERRED cockpit-alert-manager-disabled] No recording has a request that needs an enabled Alert manager without one.
func (s *Server) requestedEnabledAlertManager(c *call) (*alertManager, error) {
	m, err := s.requestedAlertManager(c)
	if err != nil {
		return nil, err
	}
	if !m.AlertManagerEnabled {
		return nil, errPrecondition("unknown_precondition", "the Alert manager is disabled")
	}
	return m, nil
}

func (s *Server) getAlertManager(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	return &s.alertManagerOf(projectID, c.region()).AlertManager, nil
}

func (s *Server) enableAlertManager(c *call) (any, error) {
	m, err := s.requestedAlertManager(c)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("https://%s.alertmanager.cockpit.%s.scw.cloud", m.ID, m.Region)
	m.AlertManagerEnabled, m.AlertManagerURL = true, &url
	return &m.AlertManager, nil
}

// disableAlertManager also deletes the contact points and disables managed alerts, as the SDK documents it.
func (s *Server) disableAlertManager(c *call) (any, error) {
	m, err := s.requestedAlertManager(c)
	if err != nil {
		return nil, err
	}
	m.AlertManager = cockpit.AlertManager{Region: m.Region}
	m.ContactPoints = []*cockpit.ContactPoint{}
	return &m.AlertManager, nil
}

func (s *Server) setManagedAlerts(enabled bool) handler {
	find := s.requestedAlertManager
	if enabled {
		find = s.requestedEnabledAlertManager
	}
	return func(c *call) (any, error) {
		m, err := find(c)
		if err != nil {
			return nil, err
		}
		m.ManagedAlertsEnabled = enabled
		return &m.AlertManager, nil
	}
}

// triggerTestAlert accepts the request. The sandbox sends no alerts.
func (s *Server) triggerTestAlert(c *call) (any, error) {
	if _, err := s.requestedEnabledAlertManager(c); err != nil {
		return nil, err
	}
	return noContent{}, nil
}

func (s *Server) listContactPoints(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	page, total := paginate(c, s.alertManagerOf(projectID, c.region()).ContactPoints)
	return map[string]any{
		"contact_points": nonNilSlice(page), "total_count": total,
		"has_additional_receivers": false, "has_additional_contact_points": false,
	}, nil
}

// requestedContactPoint returns the Alert manager and the contact point that a request names, which is nil if the Alert
// manager does not have it.
func (s *Server) requestedContactPoint(c *call) (
	*alertManager, *cockpit.RegionalAPICreateContactPointRequest, *cockpit.ContactPoint, error,
) {
	m, err := s.requestedEnabledAlertManager(c)
	if err != nil {
		return nil, nil, nil, err
	}
	var req cockpit.RegionalAPICreateContactPointRequest
	if err := c.decode(&req); err != nil {
		return nil, nil, nil, err
	}
	if req.Email == nil || req.Email.To == "" {
		return nil, nil, nil, errInvalid("email", "required", "")
	}
	for _, point := range m.ContactPoints {
		if point.Email != nil && point.Email.To == req.Email.To {
			return m, &req, point, nil
		}
	}
	return m, &req, nil, nil
}

func (s *Server) createContactPoint(c *call) (any, error) {
	m, req, point, err := s.requestedContactPoint(c)
	if err != nil {
		return nil, err
	}
	if point == nil {
		point = &cockpit.ContactPoint{Email: req.Email, Region: m.Region}
		m.ContactPoints = append(m.ContactPoints, point)
	}
	setIfPresent(&point.SendResolvedNotifications, req.SendResolvedNotifications)
	return point, nil
}

func (s *Server) updateContactPoint(c *call) (any, error) {
	_, req, point, err := s.requestedContactPoint(c)
	if err != nil {
		return nil, err
	}
	if point == nil {
		return nil, errNotFound("contact point", req.Email.To)
	}
	setIfPresent(&point.SendResolvedNotifications, req.SendResolvedNotifications)
	return point, nil
}

func (s *Server) deleteContactPoint(c *call) (any, error) {
	m, req, point, err := s.requestedContactPoint(c)
	if err != nil {
		return nil, err
	}
	if point == nil {
		return nil, errNotFound("contact point", req.Email.To)
	}
	index := slices.Index(m.ContactPoints, point)
	m.ContactPoints = slices.Delete(m.ContactPoints, index, index+1)
	return noContent{}, nil
}

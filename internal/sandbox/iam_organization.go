package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// organization is the Organization with its login methods.
type organization struct {
	iam.Organization

	settings securitySettings
}

// securitySettings are the security settings of an Organization. The duration 0s means no limit.
type securitySettings struct {
	iam.OrganizationSecuritySettings

	GracePeriodDuration         apiDuration `json:"grace_period_duration"`
	MaxLoginSessionDuration     apiDuration `json:"max_login_session_duration"`
	MaxAPIKeyExpirationDuration apiDuration `json:"max_api_key_expiration_duration"`
}

const secondsOfDay = 24 * 60 * 60

// newOrganization returns the Organization with the documented defaults [INFERRED iam-organization].
func newOrganization() *organization {
	return &organization{
		Organization: iam.Organization{
			ID: OrganizationID, Name: "sandbox", Alias: "", LoginPasswordEnabled: true, LoginMagicCodeEnabled: true,
			LoginOauth2Enabled: true,
		},
		settings: securitySettings{
			OrganizationSecuritySettings: iam.OrganizationSecuritySettings{LoginAttemptsBeforeLocked: 10},
			GracePeriodDuration:          apiDuration{scw.Duration{Seconds: 3 * secondsOfDay}},
			MaxLoginSessionDuration:      apiDuration{scw.Duration{Seconds: 30 * secondsOfDay}},
		},
	}
}

func (s *Server) routeOrganization(base string) {
	const one = "/organizations/{id}"
	s.route("GET "+base+one, areaIAM, withObject(s.findOrganization, show[organization]))
	s.route("GET "+base+one+"/security-settings", areaIAM, withObject(s.findOrganization,
		func(_ *call, o *organization) (any, error) { return &o.settings, nil }))
	s.route("PATCH "+base+one+"/security-settings", areaIAM,
		withObject(s.findOrganization, s.updateSecuritySettings))
	s.route("PATCH "+base+one+"/login-methods", areaIAM, withObject(s.findOrganization, s.updateLoginMethods))
	s.route("PUT "+base+one+"/alias", areaIAM, withObject(s.findOrganization, s.setAlias))
}

func (s *Server) findOrganization(c *call) (*organization, error) {
	id := c.PathValue("id")
	o, ok := s.organizations.get(id)
	if !ok {
		return nil, errNotFound("organization", id)
	}
	return o, nil
}

func (s *Server) updateSecuritySettings(c *call, o *organization) (any, error) {
	var req iam.UpdateOrganizationSecuritySettingsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	limit := req.MaxAPIKeyExpirationDuration
	if limit != nil && (limit.Seconds < 0 || limit.Seconds > 365*secondsOfDay) {
		return nil, errInvalid("max_api_key_expiration_duration", "constraint", "must be at most 365 days")
	}
	setIfPresent(&o.settings.EnforcePasswordRenewal, req.EnforcePasswordRenewal)
	setIfPresent(&o.settings.LoginAttemptsBeforeLocked, req.LoginAttemptsBeforeLocked)
	setIfPresent(&o.settings.GracePeriodDuration.Duration, req.GracePeriodDuration)
	setIfPresent(&o.settings.MaxLoginSessionDuration.Duration, req.MaxLoginSessionDuration)
	setIfPresent(&o.settings.MaxAPIKeyExpirationDuration.Duration, limit)
	return &o.settings, nil
}

func (s *Server) updateLoginMethods(c *call, o *organization) (any, error) {
	var req iam.UpdateOrganizationLoginMethodsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&o.LoginPasswordEnabled, req.LoginPasswordEnabled)
	setIfPresent(&o.LoginOauth2Enabled, req.LoginOauth2Enabled)
	setIfPresent(&o.LoginMagicCodeEnabled, req.LoginMagicCodeEnabled)
	setIfPresent(&o.LoginSamlEnabled, req.LoginSamlEnabled)
	return o, nil
}

func (s *Server) setAlias(c *call, o *organization) (any, error) {
	var req iam.SetOrganizationAliasRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Alias == "" {
		return nil, errInvalid("alias", "required", "")
	}
	o.Alias = req.Alias
	return o, nil
}

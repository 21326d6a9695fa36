package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Users lists the users of an Organization. Without the permission, the error matches IsForbidden, as that of the other
// reads of IAM. Source: GET /iam/v1alpha1/users.
func (c *Client) Users(ctx context.Context, organizationID string) ([]*iam.User, error) {
	ctx, call := startCall(ctx, "list", "users of Organization", organizationID, "")
	list, err := c.iam.ListUsers(&iam.ListUsersRequest{OrganizationID: &organizationID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Users, nil
}

// Applications lists the applications of an Organization. Source: GET /iam/v1alpha1/applications.
func (c *Client) Applications(ctx context.Context, organizationID string) ([]*iam.Application, error) {
	ctx, call := startCall(ctx, "list", "applications of Organization", organizationID, "")
	list, err := c.iam.ListApplications(&iam.ListApplicationsRequest{OrganizationID: organizationID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Applications, nil
}

// Groups lists the groups of an Organization with the ids of their members. Source: GET /iam/v1alpha1/groups.
func (c *Client) Groups(ctx context.Context, organizationID string) ([]*iam.Group, error) {
	ctx, call := startCall(ctx, "list", "groups of Organization", organizationID, "")
	list, err := c.iam.ListGroups(&iam.ListGroupsRequest{OrganizationID: organizationID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Groups, nil
}

// Policies lists the policies of an Organization, without their rules. Source: GET /iam/v1alpha1/policies.
func (c *Client) Policies(ctx context.Context, organizationID string) ([]*iam.Policy, error) {
	ctx, call := startCall(ctx, "list", "policies of Organization", organizationID, "")
	list, err := c.iam.ListPolicies(&iam.ListPoliciesRequest{OrganizationID: organizationID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Policies, nil
}

// PolicyRules lists the rules of a policy. Source: GET /iam/v1alpha1/rules.
func (c *Client) PolicyRules(ctx context.Context, policyID string) ([]*iam.Rule, error) {
	ctx, call := startCall(ctx, "list the rules of", "policy", policyID, "")
	list, err := c.iam.ListRules(&iam.ListRulesRequest{PolicyID: policyID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Rules, nil
}

// APIKeys lists the API keys of an Organization, without their secrets. Source: GET /iam/v1alpha1/api-keys.
func (c *Client) APIKeys(ctx context.Context, organizationID string) ([]*iam.APIKey, error) {
	ctx, call := startCall(ctx, "list", "API keys of Organization", organizationID, "")
	list, err := c.iam.ListAPIKeys(&iam.ListAPIKeysRequest{OrganizationID: &organizationID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.APIKeys, nil
}

// SecuritySettings reads the security settings of an Organization. Source: GET
// /iam/v1alpha1/organizations/{id}/security-settings.
func (c *Client) SecuritySettings(
	ctx context.Context, organizationID string,
) (*iam.OrganizationSecuritySettings, error) {
	ctx, call := startCall(ctx, "read the security settings of", "Organization", organizationID, "")
	settings, err := c.iam.GetOrganizationSecuritySettings(
		&iam.GetOrganizationSecuritySettingsRequest{OrganizationID: organizationID}, scw.WithContext(ctx),
	)
	return settings, call.wrapError(err)
}

// Organization reads an Organization with its login methods. Source: GET /iam/v1alpha1/organizations/{id}.
func (c *Client) Organization(ctx context.Context, organizationID string) (*iam.Organization, error) {
	ctx, call := startCall(ctx, "read", "Organization", organizationID, "")
	organization, err := c.iam.GetOrganization(
		&iam.GetOrganizationRequest{OrganizationID: organizationID}, scw.WithContext(ctx),
	)
	return organization, call.wrapError(err)
}

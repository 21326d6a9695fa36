package scaleway

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// APIKeyPermissions describes the permissions of the client's own API key.
type APIKeyPermissions struct {
	// UserID is the user to whom the key belongs and whose permissions it has, or "" for the key of an application.
	UserID string
	// ApplicationID is the application to which the key belongs, or "" for the key of a user.
	ApplicationID string
	// PermissionSets are the sorted permission sets from the policies of the owner and of its groups. Those of a user
	// are read only by OwnPermissions.
	PermissionSets []string
}

// APIKeyPermissions reads the permissions of the client's own API key, unless it belongs to a user. If the key has no
// access to IAM, the error matches IsForbidden. Sources: GET /iam/v1alpha1/api-keys/{access_key}, groups, policies and
// rules.
func (c *Client) APIKeyPermissions(ctx context.Context) (APIKeyPermissions, error) {
	found, err := c.ownAPIKey(ctx)
	if err != nil || found.ApplicationID == "" {
		return found, err
	}
	return c.permissionsOf(ctx, found, c.OrganizationID())
}

// OwnPermissions reads the permissions of the client's own API key, also if it belongs to a user. The owner of an
// Organization has rights without a policy.
func (c *Client) OwnPermissions(ctx context.Context, organizationID string) (APIKeyPermissions, error) {
	found, err := c.ownAPIKey(ctx)
	if err != nil {
		return found, err
	}
	return c.permissionsOf(ctx, found, organizationID)
}

// ownAPIKey reads to whom the client's own API key belongs.
func (c *Client) ownAPIKey(ctx context.Context) (APIKeyPermissions, error) {
	ctx, call := startCall(ctx, "read", "API key", c.AccessKey(), "")
	key, err := c.iam.GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: c.AccessKey()}, scw.WithContext(ctx))
	if err != nil {
		return APIKeyPermissions{}, call.wrapError(err)
	}
	return APIKeyPermissions{UserID: stringValue(key.UserID), ApplicationID: stringValue(key.ApplicationID)}, nil
}

// permissionsOf adds the permission sets of the owner of a key.
func (c *Client) permissionsOf(
	ctx context.Context, owner APIKeyPermissions, organizationID string,
) (APIKeyPermissions, error) {
	users, applications := []string{owner.UserID}, []string{owner.ApplicationID}
	if owner.UserID == "" {
		users = nil
	} else {
		applications = nil
	}
	policies, err := c.listPolicies(ctx, &iam.ListPoliciesRequest{
		OrganizationID: organizationID, UserIDs: users, ApplicationIDs: applications,
	})
	if err != nil {
		return owner, err
	}
	listing, call := startCall(ctx, "list the groups of", "API key", c.AccessKey(), "")
	groups, err := c.iam.ListGroups(&iam.ListGroupsRequest{
		OrganizationID: organizationID, UserIDs: users, ApplicationIDs: applications,
	}, allPages(listing)...)
	if err != nil {
		return owner, call.wrapError(err)
	}
	if len(groups.Groups) > 0 {
		ids := []string{}
		for _, group := range groups.Groups {
			ids = append(ids, group.ID)
		}
		more, err := c.listPolicies(ctx, &iam.ListPoliciesRequest{OrganizationID: organizationID, GroupIDs: ids})
		if err != nil {
			return owner, err
		}
		policies = append(policies, more...)
	}
	owner.PermissionSets = []string{}
	for _, policy := range policies {
		rules, err := c.PolicyRules(ctx, policy.ID)
		if err != nil {
			return owner, err
		}
		for _, rule := range rules {
			if rule.PermissionSetNames != nil {
				owner.PermissionSets = append(owner.PermissionSets, *rule.PermissionSetNames...)
			}
		}
	}
	slices.Sort(owner.PermissionSets)
	owner.PermissionSets = slices.Compact(owner.PermissionSets)
	return owner, nil
}

func (c *Client) listPolicies(ctx context.Context, req *iam.ListPoliciesRequest) ([]*iam.Policy, error) {
	ctx, call := startCall(ctx, "list the policies of", "API key", c.AccessKey(), "")
	list, err := c.iam.ListPolicies(req, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Policies, nil
}

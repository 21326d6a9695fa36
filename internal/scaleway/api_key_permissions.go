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
	// PermissionSets are the sorted permission sets from the policies of the application and of its groups.
	PermissionSets []string
}

// APIKeyPermissions reads the permissions of the client's own API key. If the key has no access to IAM, the error
// matches IsForbidden. Sources: GET /iam/v1alpha1/api-keys/{access_key}, groups, policies and rules.
func (c *Client) APIKeyPermissions(ctx context.Context) (APIKeyPermissions, error) {
	reading, call := startCall(ctx, "read", "API key", c.AccessKey(), "")
	key, err := c.iam.GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: c.AccessKey()}, scw.WithContext(reading))
	if err != nil {
		return APIKeyPermissions{}, call.wrapError(err)
	}
	if key.ApplicationID == nil {
		return APIKeyPermissions{UserID: stringValue(key.UserID)}, nil
	}
	application := *key.ApplicationID
	policies, err := c.listPolicies(
		ctx, &iam.ListPoliciesRequest{OrganizationID: c.OrganizationID(), ApplicationIDs: []string{application}},
	)
	if err != nil {
		return APIKeyPermissions{}, err
	}
	listing, call := startCall(ctx, "list the groups of", "application", application, "")
	groups, err := c.iam.ListGroups(&iam.ListGroupsRequest{
		OrganizationID: c.OrganizationID(), ApplicationIDs: []string{application},
	}, allPages(listing)...)
	if err != nil {
		return APIKeyPermissions{}, call.wrapError(err)
	}
	if len(groups.Groups) > 0 {
		ids := []string{}
		for _, group := range groups.Groups {
			ids = append(ids, group.ID)
		}
		more, err := c.listPolicies(ctx, &iam.ListPoliciesRequest{OrganizationID: c.OrganizationID(), GroupIDs: ids})
		if err != nil {
			return APIKeyPermissions{}, err
		}
		policies = append(policies, more...)
	}
	permissions := APIKeyPermissions{PermissionSets: []string{}}
	for _, policy := range policies {
		rules, err := c.PolicyRules(ctx, policy.ID)
		if err != nil {
			return APIKeyPermissions{}, err
		}
		for _, rule := range rules {
			if rule.PermissionSetNames != nil {
				permissions.PermissionSets = append(permissions.PermissionSets, *rule.PermissionSetNames...)
			}
		}
	}
	slices.Sort(permissions.PermissionSets)
	permissions.PermissionSets = slices.Compact(permissions.PermissionSets)
	return permissions, nil
}

func (c *Client) listPolicies(ctx context.Context, req *iam.ListPoliciesRequest) ([]*iam.Policy, error) {
	ctx, call := startCall(ctx, "list the policies of", "API key", c.AccessKey(), "")
	list, err := c.iam.ListPolicies(req, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Policies, nil
}

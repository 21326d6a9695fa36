package scaleway

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// KeyPermissions describes the permissions of the client's own API key.
type KeyPermissions struct {
	// UserID is the user to whom the key belongs and whose permissions it has, or "" for the key of an application.
	UserID string
	// Sets are the sorted permission sets from the policies of the application and of its groups.
	Sets []string
}

// KeyPermissions reads the permissions of the client's own API key. If the key has no access to IAM, the error matches
// IsForbidden. Sources: GET /iam/v1alpha1/api-keys/{access_key}, groups, policies and rules.
func (c *Client) KeyPermissions(ctx context.Context) (KeyPermissions, error) {
	reading, call := begin(ctx, "read", "API key", c.AccessKey(), "")
	key, err := c.iam.GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: c.AccessKey()}, scw.WithContext(reading))
	if err != nil {
		return KeyPermissions{}, call.fail(err)
	}
	if key.ApplicationID == nil {
		return KeyPermissions{UserID: text(key.UserID)}, nil
	}
	application := *key.ApplicationID
	policies, err := c.policies(
		ctx, &iam.ListPoliciesRequest{OrganizationID: c.OrganizationID(), ApplicationIDs: []string{application}},
	)
	if err != nil {
		return KeyPermissions{}, err
	}
	listing, call := begin(ctx, "list the groups of", "application", application, "")
	groups, err := c.iam.ListGroups(&iam.ListGroupsRequest{
		OrganizationID: c.OrganizationID(), ApplicationIDs: []string{application},
	}, allPages(listing)...)
	if err != nil {
		return KeyPermissions{}, call.fail(err)
	}
	if len(groups.Groups) > 0 {
		ids := []string{}
		for _, group := range groups.Groups {
			ids = append(ids, group.ID)
		}
		more, err := c.policies(ctx, &iam.ListPoliciesRequest{OrganizationID: c.OrganizationID(), GroupIDs: ids})
		if err != nil {
			return KeyPermissions{}, err
		}
		policies = append(policies, more...)
	}
	permissions := KeyPermissions{Sets: []string{}}
	for _, policy := range policies {
		ctx, call := begin(ctx, "list the rules of", "policy", policy.ID, "")
		rules, err := c.iam.ListRules(&iam.ListRulesRequest{PolicyID: policy.ID}, allPages(ctx)...)
		if err != nil {
			return KeyPermissions{}, call.fail(err)
		}
		for _, rule := range rules.Rules {
			if rule.PermissionSetNames != nil {
				permissions.Sets = append(permissions.Sets, *rule.PermissionSetNames...)
			}
		}
	}
	slices.Sort(permissions.Sets)
	permissions.Sets = slices.Compact(permissions.Sets)
	return permissions, nil
}

func (c *Client) policies(ctx context.Context, req *iam.ListPoliciesRequest) ([]*iam.Policy, error) {
	ctx, call := begin(ctx, "list the policies of", "API key", c.AccessKey(), "")
	list, err := c.iam.ListPolicies(req, allPages(ctx)...)
	if err != nil {
		return nil, call.fail(err)
	}
	return list.Policies, nil
}

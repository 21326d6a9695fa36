package scaleway

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// KeyPermissions is what can be told of the permissions of the client's own API key.
type KeyPermissions struct {
	// UserID is that of the user who bears the key, who may do all that the user may; "" for an application's key.
	UserID string
	// Sets are the permission sets that the policies of the application and of its groups give it, sorted.
	Sets []string
}

// KeyPermissions reads what the client's own API key may do. A key that may not read IAM gets an error that IsForbidden
// knows: nothing can be told of it. Sources: GET /iam/v1alpha1/api-keys/{access_key}, groups, policies and rules.
func (c *Client) KeyPermissions(ctx context.Context) (KeyPermissions, error) {
	reading, called := begin(ctx, "read", "API key", c.AccessKey(), "")
	key, err := c.iam.GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: c.AccessKey()}, scw.WithContext(reading))
	if err != nil {
		return KeyPermissions{}, called.fail(err)
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
	listing, called := begin(ctx, "list the groups of", "application", application, "")
	groups, err := c.iam.ListGroups(&iam.ListGroupsRequest{
		OrganizationID: c.OrganizationID(), ApplicationIDs: []string{application},
	}, allPages(listing)...)
	if err != nil {
		return KeyPermissions{}, called.fail(err)
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
	found := KeyPermissions{Sets: []string{}}
	for _, policy := range policies {
		ctx, called := begin(ctx, "list the rules of", "policy", policy.ID, "")
		rules, err := c.iam.ListRules(&iam.ListRulesRequest{PolicyID: policy.ID}, allPages(ctx)...)
		if err != nil {
			return KeyPermissions{}, called.fail(err)
		}
		for _, rule := range rules.Rules {
			if rule.PermissionSetNames != nil {
				found.Sets = append(found.Sets, *rule.PermissionSetNames...)
			}
		}
	}
	slices.Sort(found.Sets)
	found.Sets = slices.Compact(found.Sets)
	return found, nil
}

func (c *Client) policies(ctx context.Context, req *iam.ListPoliciesRequest) ([]*iam.Policy, error) {
	ctx, called := begin(ctx, "list the policies of", "API key", c.AccessKey(), "")
	list, err := c.iam.ListPolicies(req, allPages(ctx)...)
	if err != nil {
		return nil, called.fail(err)
	}
	return list.Policies, nil
}

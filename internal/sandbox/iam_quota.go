package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// quotum is a quota of the Organization. The limits of IAM and of Projects are the documented ones; their names are
// not. The sandbox enforces none of them [INFERRED iam-quota].
type quotum struct {
	iam.Quotum

	Srn   string `json:"srn,omitempty"` // not in recordings
	Limit uint64 `json:"limit"`
}

func newQuota() *collection[quotum] {
	all, global := newCollection[quotum](), true
	for _, q := range []struct {
		name, pretty, description string
		limit                     uint64
	}{
		{"account_projects", "Projects", "Projects in the Organization", 25},
		{"iam_api_keys", "API keys", "API keys in the Organization", 50},
		{"iam_applications", "Applications", "Applications in the Organization", 100},
		{"iam_groups", "Groups", "Groups in the Organization", 50},
		{"iam_policies", "Policies", "Policies in the Organization", 50},
		{"iam_users", "Users", "Users in the Organization", 50},
	} {
		all.put(q.name, &quotum{Limit: q.limit, Quotum: iam.Quotum{
			Name: q.name, PrettyName: q.pretty, Description: q.description,
			LocalityType: iam.LocalityTypeGlobal, Limits: []*iam.QuotumLimit{{Global: &global, Limit: &q.limit}},
		}})
	}
	return all
}

func (s *Server) routeQuota(base string) {
	s.route("GET "+base+"/quota", areaIAM, s.listQuota)
	s.route("GET "+base+"/quota/{name}", areaIAM, func(c *call) (any, error) {
		name := c.PathValue("name")
		q, ok := s.quota.get(name)
		if !ok {
			return nil, errNotFound("quotum", name)
		}
		return q, nil
	})
}

func (s *Server) listQuota(c *call) (any, error) {
	f := c.filters()
	found := s.quota.list(func(q *quotum) bool {
		return f.matches("organization_id", OrganizationID) && f.matches("quotum_names", q.Name)
	})
	page, total := paginate(c, sortBy(c, found, "name_asc", orders[quotum]{
		"name": byText(func(q *quotum) string { return q.Name }),
	}))
	return map[string]any{"quota": page, "total_count": total}, nil
}

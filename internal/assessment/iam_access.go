package assessment

import (
	"slices"
	"strings"
)

// held is one rule that gives rights to a principal, where it reaches the assessed Projects or the Organization.
type held struct {
	policy    Policy
	group     string // The group through which the principal holds it, or empty.
	sets      []string
	projects  []string // The assessed Projects that it reaches; nil: all of the Organization.
	condition string
}

// The kinds of principals, which begin their ids as subjects: "user/UUID".
const (
	principalUser        = "user/"
	principalGroup       = "group/"
	principalApplication = "application/"
)

// principal is an identity that holds rights on the assessed Projects or on the whole Organization.
type principal struct {
	id    string // "user/UUID", "group/UUID" or "application/UUID".
	held  []held
	group *Group // Of a group.
}

// isHuman reports whether the principal is a user.
func (p principal) isHuman() bool { return strings.HasPrefix(p.id, principalUser) }

// access says who holds rights on the assessed Projects or on the whole Organization.
type access struct {
	facts      OrganizationFacts
	clusters   []AssessedCluster
	principals map[string]*principal // By id.
}

// newAccess resolves policies and groups to principals.
func newAccess(facts OrganizationFacts, clusters []AssessedCluster) access {
	a := access{facts: facts, clusters: clusters, principals: map[string]*principal{}}
	for _, p := range facts.Policies.Items {
		for _, rule := range p.Rules.Items {
			projects, reaches := a.reach(rule)
			if !reaches || p.NoPrincipal {
				continue
			}
			a.give(p, held{
				policy: p, sets: rule.PermissionSets, projects: projects, condition: rule.Condition,
			})
		}
	}
	return a
}

// reach returns the assessed Projects that a rule reaches, or nil if it covers the Organization.
func (a access) reach(r Rule) (projects []string, reaches bool) {
	if r.ProjectIDs == nil {
		return nil, true
	}
	for _, c := range a.clusters {
		if c.ProjectID != "" && slices.Contains(*r.ProjectIDs, c.ProjectID) && !slices.Contains(projects, c.ProjectID) {
			projects = append(projects, c.ProjectID)
		}
	}
	return projects, len(projects) > 0
}

// give adds rights to the principal of a policy, and to the members of a group.
func (a access) give(p Policy, h held) {
	switch {
	case p.UserID != "":
		a.add(principalUser+p.UserID, h, nil)
	case p.ApplicationID != "":
		a.add(principalApplication+p.ApplicationID, h, nil)
	case p.GroupID != "":
		group := Group{ID: p.GroupID}
		if i := slices.IndexFunc(a.facts.Groups.Items, func(g Group) bool { return g.ID == p.GroupID }); i >= 0 {
			group = a.facts.Groups.Items[i]
		}
		a.add(principalGroup+p.GroupID, h, &group)
		h.group = p.GroupID
		users, applications := a.members(group)
		for _, id := range users {
			a.add(principalUser+id, h, nil)
		}
		for _, id := range applications {
			a.add(principalApplication+id, h, nil)
		}
	}
}

func (a access) add(id string, h held, group *Group) {
	if a.principals[id] == nil {
		a.principals[id] = &principal{id: id, group: group}
	}
	a.principals[id].held = append(a.principals[id].held, h)
}

// members returns the users and the applications of a group.
func (a access) members(g Group) (users, applications []string) {
	users, applications = slices.Clone(g.UserIDs), slices.Clone(g.ApplicationIDs)
	if g.AllUsers {
		for _, u := range a.facts.Users.Items {
			users = append(users, u.ID)
		}
	}
	if g.AllApplications {
		for _, one := range a.facts.Applications.Items {
			applications = append(applications, one.ID)
		}
	}
	slices.Sort(users)
	slices.Sort(applications)
	return slices.Compact(users), slices.Compact(applications)
}

// sorted returns the principals by id.
func (a access) sorted() []principal {
	all := make([]principal, 0, len(a.principals))
	for _, p := range a.principals {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(x, y principal) int { return strings.Compare(x.id, y.id) })
	return all
}

// reaches reports whether a bearer of API keys holds rights there. The owner always does.
func (a access) reaches(k APIKey) bool {
	if a.isOwner(k.UserID) {
		return true
	}
	return a.principals[bearer(k)] != nil
}

// bearer returns the id of the principal of an API key.
func bearer(k APIKey) string {
	if k.UserID != "" {
		return principalUser + k.UserID
	}
	return principalApplication + k.ApplicationID
}

// isOwner reports whether an id is one of those of the Organization's owner.
func (a access) isOwner(userID string) bool {
	return userID != "" && slices.ContainsFunc(a.facts.Users.Items, func(u User) bool {
		return u.isOwner() && (u.ID == userID || u.AccountRootUserID == userID)
	})
}

// isManaged reports whether an application is Scaleway's: of a product, or of the control plane of a cluster.
func (a access) isManaged(applicationID string) bool {
	return applicationID != "" && (slices.ContainsFunc(a.facts.Applications.Items, func(one Application) bool {
		return one.ID == applicationID && one.Managed
	}) || slices.ContainsFunc(a.clusters, func(c AssessedCluster) bool {
		return c.IAMControlPlaneAppl == applicationID
	}))
}

// isNodesGroup reports whether a group is that of the nodes of an assessed cluster.
func (a access) isNodesGroup(groupID string) bool {
	return groupID != "" && slices.ContainsFunc(a.clusters, func(c AssessedCluster) bool {
		return c.IAMNodesGroupID == groupID
	})
}

// broadPermissionSets are those with which a person can change the cluster as a whole, or give themselves any right.
// That IAMPolicyManager is one is inferred: its holder writes policies.
func broadPermissionSets() []string {
	return []string{
		"AllProductsFullAccess", "IAMManager", "IAMPolicyManager", "KubernetesFullAccess", "OrganizationManager",
	}
}

// holding returns the rights of a principal that contain one of the permission sets.
func (p principal) holding(sets ...string) []held {
	return slices.DeleteFunc(slices.Clone(p.held), func(h held) bool {
		return !slices.ContainsFunc(h.sets, func(set string) bool { return slices.Contains(sets, set) })
	})
}

// describeHeld describes rights as the value of an object: permission sets, with the policy and its condition.
func describeHeld(all []held, sets []string) string {
	texts := []string{}
	for _, h := range all {
		named := []string{}
		for _, set := range h.sets {
			if slices.Contains(sets, set) {
				named = append(named, set)
			}
		}
		text := strings.Join(slices.Sorted(slices.Values(named)), ", ") + " (policy/" + h.policy.ID
		if h.condition != "" {
			text += ", if " + h.condition
		}
		texts = append(texts, text+")")
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "; ")
}

package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// AccessListFormat identifies the format of an access list.
const AccessListFormat = "srm-access-list/1"

// AccessList says who may do what: the IAM principals with rights on the Projects of clusters or on the whole
// Organization, the humans and groups with rights in the clusters, and the privileged bindings of whole clusters. It
// holds ids only. An access_review attests the list by its digest.
type AccessList struct {
	Format string `json:"format"`
	// Digest is empty if a part of the list could not be read.
	Digest       string          `json:"digest,omitempty"`
	Missing      *Gap            `json:"not_evaluated,omitempty"`
	Organization []AccessEntry   `json:"organization"`
	Clusters     []ClusterAccess `json:"clusters"`
}

// ClusterAccess is the part of an access list about a cluster.
type ClusterAccess struct {
	ID string `json:"id"` // "region/UUID".
	// Digest is that of the list of this cluster alone, with the principals of the Organization that reach its Project.
	Digest  string        `json:"digest,omitempty"`
	Entries []AccessEntry `json:"entries"`

	projectID string
	missing   *Gap
}

// AccessEntry says what one principal may do in one place.
type AccessEntry struct {
	// Principal is "user/UUID", "group/UUID" or "application/UUID", or a subject of the cluster: "Group:admins".
	Principal string   `json:"principal"`
	Scope     string   `json:"scope"`             // "organization/UUID", "project/UUID" or the id of the cluster.
	Through   string   `json:"through,omitempty"` // The group or the binding that gives the rights.
	Condition string   `json:"condition,omitempty"`
	Rights    []string `json:"rights"` // Permission sets; in a cluster the role and what makes it privileged.
}

// text returns the entry on one line.
func (e AccessEntry) text() string {
	parts := []string{e.Principal, e.Scope}
	for _, part := range []string{e.Through, e.Condition} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ") + ": " + strings.Join(e.Rights, ", ")
}

// sortEntries merges the entries that differ only in their rights, and sorts them.
func sortEntries(entries []AccessEntry) []AccessEntry {
	merged := map[string]AccessEntry{}
	for _, e := range entries {
		one := e
		one.Rights = nil
		key := one.text()
		all := slices.Concat(merged[key].Rights, e.Rights)
		slices.Sort(all)
		one.Rights = slices.Compact(all)
		merged[key] = one
	}
	all := []AccessEntry{}
	for _, e := range merged {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b AccessEntry) int { return strings.Compare(a.text(), b.text()) })
	return all
}

// ownerRight is the right of the Organization's owner, which no policy gives.
const ownerRight = "owner"

// list returns the principals of the Organization. What Scaleway gives to its own applications and to nodes is left
// out: it comes and goes with clusters.
func (a access) list() *AccessList {
	list := &AccessList{Format: AccessListFormat, Clusters: []ClusterAccess{}, Missing: a.missing()}
	entries, scope := []AccessEntry{}, a.facts.Scope()
	for _, u := range a.facts.Users.Items {
		if u.isOwner() {
			entries = append(entries, AccessEntry{
				Principal: principalUser + u.ID, Scope: scope, Rights: []string{ownerRight},
			})
		}
	}
	for _, p := range a.sorted() {
		for _, h := range p.held {
			if a.isManaged(p.uuid()) || h.policy.Managed && !p.isHuman() {
				continue
			}
			e := AccessEntry{Principal: p.id, Scope: scope, Condition: h.condition, Rights: h.sets}
			if h.group != "" {
				e.Through = principalGroup + h.group
			}
			if h.projects == nil {
				entries = append(entries, e)
			}
			for _, project := range h.projects {
				e.Scope = ProjectScope(project)
				entries = append(entries, e)
			}
		}
	}
	list.Organization = sortEntries(entries)
	return list
}

// missing returns why the list of principals is not complete, or nil.
func (a access) missing() *Gap {
	for _, gap := range []*Gap{
		a.facts.Policies.Missing(), a.facts.Groups.Missing(), a.facts.Users.Missing(), a.facts.Applications.Missing(),
	} {
		if gap != nil {
			return gap
		}
	}
	for _, p := range a.facts.Policies.Items {
		if gap := p.Rules.Missing(); gap != nil {
			return gap
		}
	}
	return nil
}

// AccessListOfRun returns the access list of an Organization and the clusters that are assessed with it, before they
// are judged: an access_review attests its digest.
func AccessListOfRun(organization OrganizationFacts, assessed []AssessedCluster, clusters ...Facts) AccessList {
	organization = canonical(organization).verifyAnchors()
	return NewAccessList(Assessment{
		Scope: organization.Scope(), Access: newAccess(organization, canonical(assessed)).list(),
	}, clusters...)
}

// NewAccessList returns the access list of clusters, with the assessment of their Organization.
func NewAccessList(organization Assessment, clusters ...Facts) AccessList {
	list := AccessList{Format: AccessListFormat, Organization: []AccessEntry{}, Clusters: []ClusterAccess{}}
	all := AccessList{Missing: &Gap{Reason: NotAsked, Needs: "assessment of the Organization"}}
	if organization.Access != nil {
		all = *organization.Access
	}
	list.Missing = all.Missing
	scopes := []string{organization.Scope}
	for _, facts := range clusters {
		cluster := clusterAccess(facts.canonical())
		scopes = append(scopes, ProjectScope(cluster.projectID))
		if list.Missing == nil {
			list.Missing = cluster.missing
		}
		list.Clusters = append(list.Clusters, cluster)
	}
	slices.SortFunc(list.Clusters, func(a, b ClusterAccess) int { return strings.Compare(a.ID, b.ID) })
	list.Organization = append(list.Organization, inScopes(all.Organization, scopes...)...)
	if list.Missing == nil {
		list.Digest = list.digest()
	}
	for i, c := range list.Clusters {
		if all.Missing == nil && c.missing == nil {
			list.Clusters[i].Digest = AccessList{
				Organization: inScopes(all.Organization, organization.Scope, ProjectScope(c.projectID)),
				Clusters:     []ClusterAccess{c},
			}.digest()
		}
	}
	return list
}

// inScopes returns the entries in one of the scopes.
func inScopes(entries []AccessEntry, scopes ...string) []AccessEntry {
	return slices.DeleteFunc(
		slices.Clone(entries),
		func(e AccessEntry) bool { return !slices.Contains(scopes, e.Scope) },
	)
}

// digest returns the digest of the entries.
func (l AccessList) digest() string {
	type cluster struct {
		ID      string
		Entries []AccessEntry
	}
	content := struct {
		Organization []AccessEntry
		Clusters     []cluster
	}{Organization: sortEntries(l.Organization)}
	for _, c := range l.Clusters {
		content.Clusters = append(content.Clusters, cluster{c.ID, c.Entries})
	}
	// Structs of strings and lists always encode.
	encoded, _ := json.Marshal(content)
	sum := sha256.Sum256(encoded)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// entries returns all entries.
func (l AccessList) entries() []AccessEntry {
	all := slices.Clone(l.Organization)
	for _, c := range l.Clusters {
		all = append(all, c.Entries...)
	}
	return all
}

// additions returns the entries that give a right that an earlier list does not have.
func (l AccessList) additions(earlier AccessList) []AccessEntry {
	known := earlier.entries()
	return slices.DeleteFunc(l.entries(), func(e AccessEntry) bool {
		return slices.ContainsFunc(known, func(k AccessEntry) bool { return k.contains(e) })
	})
}

// contains reports whether an entry gives all rights of another, in the same way.
func (e AccessEntry) contains(other AccessEntry) bool {
	return e.Principal == other.Principal && e.Scope == other.Scope && e.Through == other.Through &&
		e.Condition == other.Condition && !slices.ContainsFunc(other.Rights, func(right string) bool {
		return !slices.Contains(e.Rights, right)
	})
}

// clusterAccess returns who may do what in a cluster: every human and group that is not part of Kubernetes, and
// service accounts with broad rights in the whole cluster.
func clusterAccess(facts Facts) ClusterAccess {
	in := facts.InCluster
	c := ClusterAccess{ID: facts.Scope(), missing: facts.Cluster.Missing()}
	if facts.Cluster.Value != nil {
		c.projectID = facts.Cluster.Value.ProjectID
	}
	for _, gap := range []*Gap{in.Bindings.Missing(), in.Roles.Missing()} {
		if c.missing == nil {
			c.missing = gap
		}
	}
	j, entries := &judgement{facts: facts}, []AccessEntry{}
	for _, b := range in.Bindings.Items {
		rules := j.rulesOf(b)
		broad := breadth(b, rules).EN
		for _, s := range b.Subjects {
			isPrivileged := b.Namespace == "" && broad != ""
			if s.isKnown(b) || s.Kind == "ServiceAccount" && !isPrivileged {
				continue
			}
			e := AccessEntry{
				Principal: s.ID(),
				Scope:     facts.Scope(),
				Through:   b.ID(),
				Rights:    []string{b.RoleKind + "/" + b.RoleName},
			}
			if broad != "" {
				e.Rights = append(e.Rights, broad)
			}
			entries = append(entries, AccessEntry{
				Principal: e.Principal,
				Scope:     e.Scope,
				Through:   e.Through,
				Rights:    append(e.Rights, podAccess(rules)...),
			})
		}
	}
	c.Entries = sortEntries(entries)
	return c
}

// missingAccessList returns why the access list of the cluster is not complete, or nil.
func (j *judgement) missingAccessList() *Gap {
	if j.list == nil {
		return &Gap{Reason: NotAsked, Needs: "assessment of the Organization"}
	}
	return j.list.Missing
}

// isReviewed reports whether an access_review attests the access list of the cluster, or that of the run.
func (j *judgement) isReviewed(a Attestation) bool {
	digest := fieldText(a.Fields, "list_digest")
	return digest != "" && j.list != nil && j.list.Missing == nil &&
		(digest == j.list.Digest || digest == j.options.AccessListDigest)
}

// isOfThisRun reports whether an access_review attests the access list of all clusters of the run.
func (j *judgement) isOfThisRun(a Attestation) bool {
	digest := fieldText(a.Fields, "list_digest")
	return digest != "" && digest == j.options.AccessListDigest
}

// reviewedList returns the list that was reviewed, if the earlier assessment has it.
func (j *judgement) reviewedList(a Attestation) (*AccessList, bool) {
	b := j.options.Baseline
	if b == nil || b.Access == nil || b.Access.Digest == "" || b.Access.Digest != fieldText(a.Fields, "list_digest") ||
		b.Access.digest() != b.Access.Digest {
		return nil, false
	}
	return b.Access, true
}

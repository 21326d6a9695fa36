package assessment

import "slices"

// iamChecks returns the checks of IAM policies.
func iamChecks() []Check {
	return []Check{
		{
			ID: "iam_broad_grants", Layer: LayerOrganization, Severity: Medium,
			Title: Text{EN: "Broad rights in IAM", FR: "Droits étendus dans IAM"},
			Expected: Text{
				EN: "Only expected_administrators hold AllProductsFullAccess, KubernetesFullAccess, IAMManager, " +
					"IAMPolicyManager or OrganizationManager, and no policy gives them to all applications.",
				FR: "Seuls les expected_administrators détiennent AllProductsFullAccess, KubernetesFullAccess, " +
					"IAMManager, IAMPolicyManager ou OrganizationManager, et aucune politique ne les donne à toutes " +
					"les applications.",
			},
			Remedy: Text{
				EN: "List the id in expected_administrators, or read scw iam rule list policy-id=POLICY_ID and pass " +
					"all rules again to scw iam rule update POLICY_ID with a smaller permission set: it replaces " +
					"every rule of the policy, for all members of a group.",
				FR: "Inscrire l'id dans expected_administrators, ou lire scw iam rule list policy-id=POLICY_ID et " +
					"redonner toutes les règles à scw iam rule update POLICY_ID avec une permission plus restreinte " +
					": la commande remplace toutes les règles de la politique, pour tous les membres d'un groupe.",
			},
			judge: judgeBroadGrants,
		},
		{
			ID: "iam_system_masters", Layer: LayerOrganization, Severity: High,
			Title: Text{EN: "Access that bypasses RBAC", FR: "Accès qui contournent RBAC"},
			Expected: Text{
				EN: "KubernetesSystemMastersGroupAccess is held by no principal, or only by ids in break_glass.",
				FR: "KubernetesSystemMastersGroupAccess n'est détenu par aucun principal hors de break_glass.",
			},
			Remedy: Text{
				EN: "List the id in break_glass, or read scw iam rule list policy-id=POLICY_ID and pass all rules " +
					"without the permission set to scw iam rule update POLICY_ID: it replaces every rule of the " +
					"policy, for all members of a group.",
				FR: "Inscrire l'id dans break_glass, ou lire scw iam rule list policy-id=POLICY_ID et redonner " +
					"toutes les règles, sans la permission, à scw iam rule update POLICY_ID : la commande remplace " +
					"toutes les règles de la politique, pour tous les membres d'un groupe.",
			},
			judge: judgeSystemMasters,
		},
		{
			ID: "iam_nodes_group_grants", Layer: LayerOrganization, Severity: Medium,
			Title: Text{EN: "Rights of the IAM group of nodes", FR: "Droits du groupe IAM des nœuds"},
			Expected: Text{
				EN: "The IAM group of a cluster's nodes has only the policies that Scaleway manages.",
				FR: "Le groupe IAM des nœuds d'un cluster n'a que les politiques gérées par Scaleway.",
			},
			Remedy: Text{
				EN: "Run scw iam policy delete POLICY_ID, and give the rights to an application of their own: each " +
					"pod that reaches the metadata service holds those of the group.",
				FR: "Exécuter scw iam policy delete POLICY_ID et donner les droits à une application dédiée : tout " +
					"pod qui atteint le service de métadonnées détient ceux du groupe.",
			},
			judge: judgeNodesGroup,
		},
	}
}

// readsAccess registers the facts that show who holds rights on the assessed Projects.
func (j *judgement) readsAccess() {
	f := j.organization
	j.reads(f.Policies.Missing())
	for _, p := range f.Policies.Items {
		j.reads(p.Rules.Missing())
	}
	j.reads(f.Groups.Missing())
	j.reads(f.Users.Missing())
	j.reads(f.Applications.Missing())
	j.readsClusters()
}

// readsClusters registers the clusters whose Projects are assessed.
func (j *judgement) readsClusters() {
	for _, c := range j.access.clusters {
		j.reads(c.Missing)
	}
	if len(j.access.clusters) == 0 {
		j.reads(&Gap{Reason: NotAsked, Needs: "a cluster of the Organization"})
	}
}

// principalObject returns a principal as the object of a check.
func (j *judgement) principalObject(id, attribute, value string) Object {
	return Object{ID: id, Source: j.organization.Policies.Source, Attribute: attribute, Value: value}
}

// listed names an object that is not judged: one that Scaleway manages, or the Organization's owner.
func (j *judgement) listed(id string) {
	if !slices.Contains(j.apart, id) {
		j.apart = append(j.apart, id)
	}
}

// acceptPrincipal accepts a principal that an input lists, or whose rights all come from groups that it lists.
func (j *judgement) acceptPrincipal(o Object, p principal, rights []held, input string) bool {
	ids, groups := []string{o.ID, p.uuid()}, []string{}
	accepted := j.options.Inputs.Accepts(input)
	for _, h := range rights {
		_, byID := accepted[h.group]
		_, bySubject := accepted[principalGroup+h.group]
		if h.group == "" || !byID && !bySubject {
			return j.accept(o, input, ids...)
		}
		groups = append(groups, h.group, principalGroup+h.group)
	}
	return j.accept(o, input, append(ids, groups...)...)
}

// uuid returns the id of the principal without its kind.
func (p principal) uuid() string {
	for i, r := range p.id {
		if r == '/' {
			return p.id[i+1:]
		}
	}
	return p.id
}

// judgeBroadGrants judges humans, and groups with all applications. Other applications are for the access review.
func judgeBroadGrants(j *judgement) {
	j.readsAccess()
	j.nothing("No policy reaches the assessed Projects.", "Aucune politique n'atteint les Projets évalués.")
	for _, u := range j.organization.Users.Items {
		if u.isOwner() {
			j.listed(principalUser + u.ID)
		}
	}
	for _, p := range j.access.sorted() {
		isOpenGroup := p.group != nil && p.group.AllApplications
		switch {
		case p.isHuman() && !j.access.isOwner(p.uuid()), isOpenGroup:
			j.judgeBreadth(p, isOpenGroup)
		case j.access.isManaged(p.uuid()) || j.access.isNodesGroup(p.uuid()):
			j.listed(p.id)
		}
	}
}

// judgeBreadth judges the rights of a user, or of a group with all applications.
func (j *judgement) judgeBreadth(p principal, isOpenGroup bool) {
	broad := p.holding(broadPermissionSets()...)
	own := slices.DeleteFunc(slices.Clone(broad), func(h held) bool { return h.policy.Managed })
	o := j.principalObject(p.id, "permission_set_names", describeHeld(broad, broadPermissionSets()))
	users := j.organization.Users
	isListed := slices.ContainsFunc(users.Items, func(u User) bool { return u.ID == p.uuid() })
	switch {
	case p.isHuman() && !isListed && users.Missing() != nil:
		j.unknown(o, *users.Missing()) // it may be the owner
	case len(broad) > 0 && j.acceptPrincipal(o, p, broad, InputAdministrators):
	case len(own) > 0 && isOpenGroup:
		j.fail(o, Medium, "A policy gives broad rights to all applications, future ones included.",
			"Une politique donne des droits étendus à toutes les applications, y compris futures.")
	case len(own) > 0:
		j.fail(o, Medium, "A person who is not in expected_administrators holds broad rights.",
			"Une personne absente de expected_administrators détient des droits étendus.")
	case len(broad) > 0:
		j.decide(o, "Broad rights come from a policy that Scaleway manages.",
			"Des droits étendus viennent d'une politique gérée par Scaleway.")
	case isOpenGroup && !j.acceptPrincipal(o, p, nil, InputAdministrators):
		o.Value = describeHeld(p.held, allSets(p.held))
		j.decide(o, "A policy gives rights on the assessed Projects to all applications, future ones included.",
			"Une politique donne des droits sur les Projets évalués à toutes les applications, y compris futures.")
	case !isOpenGroup:
		j.pass(o)
	}
}

// allSets returns the permission sets of rights, each once.
func allSets(rights []held) []string {
	all := []string{}
	for _, h := range rights {
		all = append(all, h.sets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// systemMasters is the permission set of the group system:masters, which bypasses RBAC and admission policies.
const systemMasters = "KubernetesSystemMastersGroupAccess"

// allProducts is the permission set with full access to all products.
const allProducts = "AllProductsFullAccess"

// judgeSystemMasters judges all principals. The group itself stands beside its members, since members may not show.
func judgeSystemMasters(j *judgement) {
	j.readsAccess()
	j.nothing("No policy reaches the assessed Projects.", "Aucune politique n'atteint les Projets évalués.")
	for _, p := range j.access.sorted() {
		rights := p.holding(systemMasters)
		own := slices.DeleteFunc(slices.Clone(rights), func(h held) bool { return h.policy.Managed })
		o := j.principalObject(p.id, "permission_set_names", describeHeld(rights, []string{systemMasters}))
		switch {
		case j.access.isManaged(p.uuid()):
			j.listed(p.id)
		case len(rights) == 0 && len(p.holding(allProducts)) > 0:
			// No source shows whether this set contains the other one.
			all := p.holding(allProducts)
			o.Value = describeHeld(all, []string{allProducts})
			if !j.acceptPrincipal(o, p, all, InputBreakGlass) && !j.acceptPrincipal(o, p, all, InputAdministrators) {
				j.decide(o, "AllProductsFullAccess may contain access that bypasses RBAC.",
					"AllProductsFullAccess peut contenir un accès qui contourne RBAC.")
			}
		case len(rights) == 0:
			j.pass(o)
		case j.acceptPrincipal(o, p, rights, InputBreakGlass):
		case len(own) == 0 && !p.isHuman():
			j.listed(p.id) // such as the control plane of a cluster that is not assessed
		case len(own) == 0:
			j.decide(o, "The right comes from a policy that Scaleway manages.",
				"Le droit vient d'une politique gérée par Scaleway.")
		default:
			j.fail(o, High, "The principal bypasses RBAC and is not in break_glass.",
				"Le principal contourne RBAC et ne figure pas dans break_glass.")
		}
	}
}

// judgeNodesGroup judges the policies of the groups of nodes, and those that all applications hold.
func judgeNodesGroup(j *judgement) {
	f := j.organization
	j.reads(f.Policies.Missing())
	j.reads(f.Groups.Missing())
	j.readsClusters()
	for _, c := range j.access.clusters {
		if c.Missing != nil {
			continue
		}
		o := j.principalObject(c.ID, "iam_nodes_group_id", c.IAMNodesGroupID)
		if c.IAMNodesGroupID == "" {
			j.unknown(o, Gap{Reason: NoAPIField, Needs: "iam_nodes_group_id"})
			continue
		}
		o.ID = principalGroup + c.IAMNodesGroupID
		isClean := true
		for _, p := range f.Policies.Items {
			if p.GroupID == c.IAMNodesGroupID && !j.judgeNodesPolicy(o, p) {
				isClean = false
			}
		}
		if isClean {
			j.pass(o)
		}
	}
	for _, p := range f.Policies.Items {
		if slices.ContainsFunc(f.Groups.Items, func(g Group) bool { return g.ID == p.GroupID && g.AllApplications }) {
			j.reads(p.Rules.Missing())
		}
	}
	for _, p := range j.access.sorted() {
		if p.group != nil && p.group.AllApplications {
			o := j.principalObject(p.id, "all_applications", describeHeld(p.held, allSets(p.held)))
			j.decide(o, "A policy on all applications may include those of the nodes.",
				"Une politique sur toutes les applications peut inclure celles des nœuds.")
		}
	}
}

// judgeNodesPolicy judges a policy of a group of nodes. It returns false if the policy is not Scaleway's.
func (j *judgement) judgeNodesPolicy(o Object, p Policy) bool {
	o.Attribute, o.Value = "policies", "policy/"+p.ID
	switch missing := p.Rules.Missing(); {
	case p.Managed:
		j.listed(o.Value)
		return true
	case len(p.Rules.Items) > 0:
		j.fail(o, Medium, "A policy that Scaleway does not manage gives rights to all nodes.",
			"Une politique que Scaleway ne gère pas donne des droits à tous les nœuds.")
	case missing != nil:
		j.unknown(o, *missing)
	default:
		return true // without a rule it grants nothing
	}
	return false
}

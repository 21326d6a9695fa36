package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// kubeSystem is the namespace of the components that Scaleway installs.
const kubeSystem = "kube-system"

// grants reports whether a rule grants one of the verbs on a resource, without a limit to names.
func (r RoleRule) grants(group, resource string, verbs ...string) bool {
	has := func(list []string, value string) bool {
		return slices.Contains(list, value) || slices.Contains(list, "*")
	}
	return len(r.ResourceNames) == 0 && has(r.APIGroups, group) && has(r.Resources, resource) &&
		slices.ContainsFunc(verbs, func(verb string) bool { return has(r.Verbs, verb) })
}

// anyGrants reports whether one of the rules grants one of the verbs on a resource.
func anyGrants(rules []RoleRule, group, resource string, verbs ...string) bool {
	return slices.ContainsFunc(rules, func(r RoleRule) bool { return r.grants(group, resource, verbs...) })
}

// namesPassphrase reports whether a rule is limited to names of which one is that of a passphrase.
func (r RoleRule) namesPassphrase() bool {
	return slices.ContainsFunc(r.ResourceNames, func(n string) bool { return strings.HasPrefix(n, passphrasePrefix) })
}

// isEverything reports whether a rule grants all verbs on all resources.
func (r RoleRule) isEverything() bool { return r.grants("*", "*", "*") }

// clusterAdmin is the ClusterRole with all rights. Its rules are known even if the roles were not read.
const clusterAdmin = "cluster-admin"

// rulesOf returns the rules that a binding grants. Without the list of roles it returns those of cluster-admin only.
func (j *judgement) rulesOf(b RoleBinding) []RoleRule {
	isClusterRole := b.RoleKind == "ClusterRole"
	if isClusterRole && b.RoleName == clusterAdmin {
		return []RoleRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
	}
	for _, role := range j.facts.InCluster.Roles.Items {
		if role.Name == b.RoleName && (isClusterRole && role.Namespace == "" ||
			!isClusterRole && role.Namespace == b.Namespace) {
			return role.Rules
		}
	}
	return nil
}

// readVerbs are the verbs that return the content of objects.
func readVerbs() []string { return []string{"get", "list", "watch"} }

// groupClusterWrite is the group of the permission set KubernetesFullAccess.
const groupClusterWrite = "scaleway:cluster-write"

// isKnown reports whether the subject of a binding is part of Kubernetes, or of Scaleway's permission sets and
// components.
func (s RoleSubject) isKnown(b RoleBinding) bool {
	switch {
	case s.Kind == "ServiceAccount":
		// Kubernetes creates a binding and a role of the same name for each of its controllers.
		isController := s.Namespace == kubeSystem && b.Name == b.RoleName && strings.HasPrefix(b.Name, "system:")
		return s.FromScaleway || isController
	case s.isEveryone():
		return false
	case s.Kind == "Group" && s.Name == groupClusterWrite:
		return true
	}
	isOwn := strings.HasPrefix(b.Name, "system:") && b.Name == b.RoleName && strings.HasPrefix(s.Name, "system:")
	return isOwn || s.Kind == "Group" && s.Name == "system:masters"
}

// hashedName begins the name of a user that the facts do not hold.
const hashedName = "sha256:"

// HashName returns a name in the form in which facts hold the names of users, who may be persons.
func HashName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hashedName + hex.EncodeToString(sum[:])
}

// isEveryone reports whether the subject contains identities that were not chosen one by one.
func (s RoleSubject) isEveryone() bool {
	return slices.Contains([]string{
		"system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts",
	}, s.Name) || strings.HasPrefix(s.Name, "system:serviceaccounts:") && s.Name != "system:serviceaccounts:"+kubeSystem
}

// isController reports whether the subject is a service account that was created for a workload.
func (s RoleSubject) isController() bool { return s.Kind == "ServiceAccount" && s.Name != "default" }

// label returns the subject for reports. The name of a user who is a person is left out.
func (s RoleSubject) label() string {
	if strings.Contains(s.Name, "@") || strings.HasPrefix(s.Name, hashedName) {
		return s.Kind
	}
	return s.ID()
}

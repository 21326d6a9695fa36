package inventory

import "slices"

// LeftOut is a kind with objects that "kubectl get all" does not return.
type LeftOut struct {
	Kind    string `json:"kind"` // "networkpolicies.networking.k8s.io".
	Objects int    `json:"objects"`
	// Portable is the number of the objects that an export has to take.
	Portable int `json:"portable"`
	// MissedByModelCommands is true if the commands of the model's section on reversibility do not return the kind
	// either.
	MissedByModelCommands bool `json:"missed_by_model_commands"`
	// Unread is true if the objects could not be counted.
	Unread bool `json:"unread,omitempty"`
}

// modelArguments are the arguments of the model's "kubectl get" commands in line 338 and after, except "all".
func modelArguments() []string { return []string{"pvc", "configmaps", "secrets", "ingress", "crd"} }

// categoryAll is the category that "kubectl get all" returns.
const categoryAll = "all"

// LeftOutByKubectl returns the kinds with objects, or with objects that could not be counted, that "kubectl get all"
// does not return on this API server: its discovery says which kinds have the category "all", and which kind a name or
// a short name selects.
func LeftOutByKubectl(kinds []Kind) []LeftOut {
	byModel := map[string]bool{}
	for _, argument := range modelArguments() {
		if k, ok := resolve(kinds, argument); ok {
			byModel[k.Name()] = true
		}
	}
	left := []LeftOut{}
	for _, k := range kinds {
		isStored := k.SameAs == "" && !k.Computed
		if slices.Contains(k.Categories, categoryAll) || !isStored || k.Objects == 0 && k.Gap == nil {
			continue
		}
		left = append(left, LeftOut{
			Kind: k.Name(), Objects: k.Objects, Portable: len(k.Portable),
			MissedByModelCommands: !byModel[k.Name()], Unread: k.Gap != nil,
		})
	}
	return left
}

// resolve returns the kind that kubectl selects for an argument: it looks for the name of a resource, its singular and
// its short names, and takes the first one in the order of discovery.
func resolve(kinds []Kind, argument string) (Kind, bool) {
	for _, matches := range []func(Kind) bool{
		func(k Kind) bool { return k.Resource == argument || k.Singular == argument },
		func(k Kind) bool { return slices.Contains(k.ShortNames, argument) },
	} {
		if at := slices.IndexFunc(kinds, matches); at >= 0 {
			return kinds[at], true
		}
	}
	return Kind{}, false
}

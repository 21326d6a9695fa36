package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/admission"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// maxPages is the maximum number of pages to read of a kind, and pageSize the number of objects per page.
const (
	maxPages = 20
	pageSize = 500
)

// RefusalCount is the result of CountRefused.
type RefusalCount struct {
	// Refused lists the refused objects, sorted by the order of the policies and then by namespace.
	Refused []PolicyRefusals
	// UnreadKinds lists the kinds that were not read, or only in part.
	UnreadKinds []UnreadKind
	// NotEvaluated lists the policies that depend on who sends a request rather than on the object.
	NotEvaluated []string
	// Pods lists the pods in the namespace of the guardrails, "namespace/name". The NetworkPolicy will deny their
	// traffic.
	Pods []string
}

// PolicyRefusals lists the objects of one namespace that a policy will or may refuse.
type PolicyRefusals struct {
	// Namespace is "" for cluster-scoped objects.
	Policy, Namespace string
	// Names are the refused objects as "Kind name", in the order of the API server.
	Names []string
	// Undecided are the objects whose decision depends on unknown data.
	Undecided []string
	// Message is the message of the policy for the first object.
	Message string
}

// UnreadKind is a kind that was not read, with the error.
type UnreadKind struct {
	Kind string
	Err  error
	// NotServed reports that the API server does not serve the kind, so no such objects exist.
	NotServed bool
}

// errTooManyObjects reports that a kind has more objects than the provider reads.
var errTooManyObjects = fmt.Errorf("only the first %d objects were checked", maxPages*pageSize)

// podTemplates is the resource of PodTemplates, which no controller creates pods from.
var podTemplates = schema.GroupResource{Resource: "podtemplates"} //nolint:gochecknoglobals // a constant

// counter holds the state of one CountRefused call.
type counter struct {
	client           *Client
	settings         guardrails.Settings
	planned, before  *admission.Evaluator
	namespaces       map[string]*corev1.Namespace
	unservedGroups   map[string]bool // API groups that the API server does not serve
	lookup           *lookup
	evaluatesVolumes bool // whether PersistentVolumes are evaluated, which needs the claims
	count            *RefusalCount
	// index is the position of a policy and namespace in Refused. policyOrder is the position of each policy.
	index       map[[2]string]int
	policyOrder map[string]int
}

// CountRefused evaluates the changed policies for the objects of a cluster, as if each object were created again under
// the planned settings s. It does not count objects that a policy refused before. It only reads.
func (c *Client) CountRefused(
	ctx context.Context, s guardrails.Settings, changes []guardrails.PolicyChange,
) (*RefusalCount, error) {
	k := &counter{
		client:         c,
		settings:       s,
		count:          &RefusalCount{},
		lookup:         &lookup{client: c, settings: s, classes: provisioners{client: c}},
		index:          map[[2]string]int{},
		policyOrder:    map[string]int{},
		unservedGroups: map[string]bool{},
		namespaces:     map[string]*corev1.Namespace{},
	}
	if len(changes) == 0 {
		return k.count, nil
	}
	planned, before := []map[string]any{}, []map[string]any{}
	for _, change := range changes {
		k.policyOrder[change.Policy.Name] = len(planned)
		planned = append(planned, change.Policy.Content)
		if change.Before != nil {
			before = append(before, change.Before.Content)
		}
	}
	var err error
	if k.planned, err = admission.New(planned); err != nil {
		return nil, err
	}
	if k.before, err = admission.New(before); err != nil {
		return nil, err
	}
	return k.count, k.read(ctx)
}

// read reads and evaluates each kind that the policies match.
func (k *counter) read(ctx context.Context) error {
	kinds, wildcards := k.planned.Resources()
	k.count.NotEvaluated = wildcards
	if k.planned.UsesNamespaces() || k.before.UsesNamespaces() {
		if err := k.readNamespaces(ctx); err != nil {
			return err
		}
	}
	// No controller creates pods from a PodTemplate.
	kinds = slices.DeleteFunc(kinds, func(r schema.GroupResource) bool { return r == podTemplates })
	// The policies on volumes look up claims, so claims come first.
	claimKind, volumeKind := claims.GroupResource(), volumes.GroupResource()
	if k.evaluatesVolumes = slices.Contains(kinds, volumeKind); k.evaluatesVolumes {
		kinds = slices.DeleteFunc(kinds, func(r schema.GroupResource) bool { return r == claimKind })
		kinds = slices.Insert(kinds, 0, claimKind)
	}
	for _, kind := range kinds {
		err := errNotServed
		if !k.unservedGroups[kind.Group] {
			err = k.readKind(ctx, kind.WithVersion("v1"))
		}
		if Is(err, NotFound) || IsUnknownAPI(err) || Is(err, Forbidden) {
			err = k.readServedVersion(ctx, kind, err)
		}
		k.lookup.claimsRead = k.lookup.claimsRead || kind == claimKind && err == nil
		if IsUnreachable(err) || errors.Is(err, admission.ErrInvalidPolicy) {
			return err
		}
		if err == nil {
			continue
		}
		notServed := errors.Is(err, errNotServed)
		k.count.UnreadKinds = append(
			k.count.UnreadKinds, UnreadKind{Kind: kind.String(), Err: err, NotServed: notServed},
		)
	}
	slices.SortStableFunc(k.count.Refused, k.compareRefusals)
	return nil
}

// compareRefusals compares by the order of the policies, then by namespace.
func (k *counter) compareRefusals(a, b PolicyRefusals) int {
	return cmp.Or(cmp.Compare(k.policyOrder[a.Policy], k.policyOrder[b.Policy]), cmp.Compare(a.Namespace, b.Namespace))
}

func (k *counter) readNamespaces(ctx context.Context) error {
	items, err := k.client.list(ctx, namespaces, "")
	for _, item := range items {
		k.namespaces[item.GetName()] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: item.GetName(), Labels: item.GetLabels(), Annotations: item.GetAnnotations(),
		}}
	}
	return err
}

// namespace returns a namespace for the evaluation, or nil for cluster scope.
func (k *counter) namespace(name string) *corev1.Namespace {
	if name == "" {
		return nil
	}
	if k.namespaces[name] == nil {
		k.namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: map[string]string{corev1.LabelMetadataName: name},
		}}
	}
	return k.namespaces[name]
}

// readKind reads the objects of a kind page by page and evaluates them.
func (k *counter) readKind(ctx context.Context, resource schema.GroupVersionResource) error {
	next := ""
	for range maxPages {
		list := func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return k.client.resourceClient(resource, "").List(ctx, metav1.ListOptions{Limit: pageSize, Continue: next})
		}
		page, err := withRetry(ctx, k.client, operation{"list", resource, "", ""}, list)
		if err != nil {
			return err
		}
		for i := range page.Items {
			if err := k.evaluate(ctx, resource, &page.Items[i]); err != nil {
				return err
			}
		}
		if next = page.GetContinue(); next == "" {
			return nil
		}
	}
	return errTooManyObjects
}

// evaluate counts an object if policies refuse it. It skips objects that are being deleted and those of the guardrails.
func (k *counter) evaluate(
	ctx context.Context,
	resource schema.GroupVersionResource,
	object *unstructured.Unstructured,
) error {
	switch resource.GroupResource() {
	case claims.GroupResource():
		if k.evaluatesVolumes {
			k.lookup.add(ctx, object)
		}
		setDefaultClass(object, k.settings)
	case storageClasses.GroupResource():
		if isManaged(object) {
			return nil // the apply updates it according to the settings
		}
	case pods.GroupResource():
		if object.GetNamespace() == k.settings.Namespace {
			k.count.Pods = append(k.count.Pods, object.GetNamespace()+"/"+object.GetName())
		}
	}
	if object.GetDeletionTimestamp() != nil {
		return nil
	}
	request := admission.Request{
		Object: object, Resource: resource, Namespace: k.namespace(object.GetNamespace()), Lookup: k.lookup.answer,
	}
	decisions, err := k.planned.EvaluateCreate(ctx, request)
	if err != nil || len(decisions) == 0 {
		return err
	}
	before, err := k.before.EvaluateCreate(ctx, request)
	if err != nil {
		return err
	}
	hasController := metav1.GetControllerOf(object) != nil
	for _, d := range decisions {
		if hasController && guardrails.IsTemplatePolicy(d.Policy) {
			continue // its owner is counted
		}
		if slices.Contains(k.count.NotEvaluated, d.Policy) {
			continue // the decision depends on who sends the request
		}
		if !slices.ContainsFunc(before, func(old admission.Decision) bool { return old.Policy == d.Policy }) {
			k.add(d, object)
		}
	}
	return nil
}

// setDefaultClass sets the default class of a claim without a class, as the API server does before the policies run.
func setDefaultClass(claim *unstructured.Unstructured, s guardrails.Settings) {
	spec, _ := claim.Object["spec"].(map[string]any)
	if _, hasClass := spec["storageClassName"]; spec != nil && !hasClass &&
		!guardrails.HasClassAnnotation(claim.GetAnnotations()) {
		spec["storageClassName"] = s.ClassName
	}
}

// add counts the decision on an object.
func (k *counter) add(d admission.Decision, object *unstructured.Unstructured) {
	key := [2]string{d.Policy, object.GetNamespace()}
	i, exists := k.index[key]
	if !exists {
		i = len(k.count.Refused)
		k.index[key] = i
		k.count.Refused = append(k.count.Refused, PolicyRefusals{Policy: d.Policy, Namespace: object.GetNamespace()})
	}
	refusals, name := &k.count.Refused[i], object.GetKind()+" "+object.GetName()
	if d.Unknown {
		refusals.Undecided = append(refusals.Undecided, name)
		return
	}
	refusals.Names = append(refusals.Names, name)
	refusals.Message = cmp.Or(refusals.Message, d.Message)
}

// errNotServed reports that the API server does not serve a kind.
var errNotServed = errors.New("the API server does not serve this kind")

// readServedVersion reads a kind in the version that the API server serves after v1 could not be read. readErr is the
// error of reading v1.
func (k *counter) readServedVersion(ctx context.Context, kind schema.GroupResource, readErr error) error {
	if kind.Group == "" {
		return readErr
	}
	group := metav1.APIGroup{}
	switch err := k.client.discover(ctx, kind.Group, "", &group); {
	case IsUnknownAPI(err):
		k.unservedGroups[kind.Group] = true
		return errNotServed
	case err != nil:
		return readErr
	}
	for _, version := range group.Versions {
		served := metav1.APIResourceList{}
		if err := k.client.discover(ctx, kind.Group, version.Version, &served); err != nil {
			return readErr
		}
		if !slices.ContainsFunc(
			served.APIResources, func(r metav1.APIResource) bool { return r.Name == kind.Resource },
		) {
			continue
		}
		if version.Version == "v1" {
			return readErr
		}
		return k.readKind(ctx, kind.WithVersion(version.Version))
	}
	return errNotServed
}

// lookup answers the lookups of the policies for the cluster as it will be after the apply.
type lookup struct {
	client     *Client
	settings   guardrails.Settings
	claims     []string
	claimsRead bool
	// classes caches the provisioners of the classes. classesErr is the error of listing them.
	classes    provisioners
	classesErr error
	secrets    []string
	// secretsErr is the error of listing the Secrets. secretsListed reports that the list was requested.
	secretsErr    error
	secretsListed bool
	// openAnswer reports whether the lookups are open, once openChecked is true.
	openAnswer  admission.Answer
	openChecked bool
}

// add stores a claim that an apply writes an exception for.
func (l *lookup) add(ctx context.Context, claim *unstructured.Unstructured) {
	found, older, err := l.classes.checkOlderClaim(ctx, claim, l.settings)
	l.classesErr = cmp.Or(l.classesErr, err)
	if older {
		l.claims = append(l.claims, found.Key())
	}
}

// checkOpen returns whether the lookups are open. The answer is unknown if the API key is not allowed to find out.
func (l *lookup) checkOpen(ctx context.Context) admission.Answer {
	if l.openChecked {
		return l.openAnswer
	}
	l.openChecked = true
	access := lookupAccess{client: l.client, settings: l.settings}
	openErr, isKnown, err := access.checkEveryName(ctx)
	switch {
	case openErr != nil:
		l.openAnswer = admission.Yes
	case err == nil && isKnown:
		l.openAnswer = admission.No
	}
	return l.openAnswer
}

// answer returns the result of one lookup.
func (l *lookup) answer(ctx context.Context, a authorizer.Attributes) admission.Answer {
	yesOrNo := func(yes bool) admission.Answer {
		if yes {
			return admission.Yes
		}
		return admission.No
	}
	switch l.settings.ClassifyLookup(a.GetAPIGroup(), a.GetResource(), a.GetNamespace(), a.GetName(), a.GetVerb()) {
	case guardrails.LookupCanary:
		return l.checkOpen(ctx)
	case guardrails.LookupClaims:
		if !l.claimsRead || l.classesErr != nil {
			return admission.Unknown
		}
		return yesOrNo(slices.Contains(l.claims, a.GetName()))
	case guardrails.LookupSecrets:
		if a.GetName() == guardrails.SecretName(l.settings.Version) {
			return admission.Yes // the apply writes it
		}
		if !l.secretsListed {
			l.secretsListed = true
			var items []unstructured.Unstructured
			items, l.secretsErr = l.client.list(ctx, secrets, l.settings.Namespace)
			for i := range items {
				l.secrets = append(l.secrets, items[i].GetName())
			}
		}
		if l.secretsErr != nil {
			return admission.Unknown
		}
		return yesOrNo(slices.Contains(l.secrets, a.GetName()) && guardrails.IsSecret(a.GetName()))
	default:
		return admission.Unknown
	}
}

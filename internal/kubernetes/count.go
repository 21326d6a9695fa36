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

// maxPages is how many pages of a kind are read at most, and pageSize how many objects a page has.
const (
	maxPages = 20
	pageSize = 500
)

// Count is what the planned policies will refuse of what a cluster holds.
type Count struct {
	// Refused are in the order of the policies, then by namespace.
	Refused []Refusals
	// NotRead are the kinds that were not read, or not to their end.
	NotRead []NotRead
	// NotJudged are the policies that judge who makes a request, whatever the object.
	NotJudged []string
	// Pods are those in the namespace of the guardrails, "namespace/name": their traffic will be denied.
	Pods []string
}

// Refusals are the objects of one namespace that a policy will refuse, or may.
type Refusals struct {
	// Namespace is "" for objects of the cluster's scope.
	Policy, Namespace string
	// Names are those of the objects that are refused, as "Kind name", in the order of the API server.
	Names []string
	// Unknown are the names of objects whose verdict depends on what is not known.
	Unknown []string
	// Message is what the policy says of the first of them.
	Message string
}

// NotRead is a kind that was not read, and why.
type NotRead struct {
	Kind string
	Err  error
	// Absent says that the API server does not serve the kind, so that no object of it exists.
	Absent bool
}

// errTooMany says that a kind has more objects than are read.
var errTooMany = fmt.Errorf("only the first %d objects were looked at", maxPages*pageSize)

// podTemplates are objects that hold a template, and have no controller.
var podTemplates = schema.GroupResource{Resource: "podtemplates"} //nolint:gochecknoglobals // a constant

// counter counts for one plan.
type counter struct {
	c               *Client
	s               guardrails.Settings
	planned, before *admission.Judge
	namespaces      map[string]*corev1.Namespace
	absent          map[string]bool // groups that the API server does not serve
	lookup          *lookup
	volumes         bool // they are judged, which needs to know the claims
	count           *Count
	// at is where a policy and a namespace are among Refused; order is that of the policies.
	at    map[[2]string]int
	order map[string]int
}

// CountRefused judges what a cluster holds by policies that change, as if it were created again once these are in
// force: s are the planned settings. What a policy refused before is not counted. Nothing is written.
func (c *Client) CountRefused(
	ctx context.Context, s guardrails.Settings, changes []guardrails.Change,
) (*Count, error) {
	k := &counter{
		c: c, s: s, count: &Count{}, lookup: &lookup{c: c, s: s, classes: provisioners{c: c}},
		at: map[[2]string]int{}, order: map[string]int{}, absent: map[string]bool{},
		namespaces: map[string]*corev1.Namespace{},
	}
	if len(changes) == 0 {
		return k.count, nil
	}
	planned, before := []map[string]any{}, []map[string]any{}
	for _, change := range changes {
		k.order[change.Policy.Name] = len(planned)
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

// read lists each kind that the policies judge, a page at a time.
func (k *counter) read(ctx context.Context) error {
	kinds, everything := k.planned.Resources()
	k.count.NotJudged = everything
	if k.planned.UsesNamespaces() || k.before.UsesNamespaces() {
		if err := k.readNamespaces(ctx); err != nil {
			return err
		}
	}
	// Nothing makes pods from a PodTemplate.
	kinds = slices.DeleteFunc(kinds, func(of schema.GroupResource) bool { return of == podTemplates })
	// What policies look up of claims must be known before the volumes are judged.
	claimsOf, volumesOf := claims.GroupResource(), volumes.GroupResource()
	if k.volumes = slices.Contains(kinds, volumesOf); k.volumes {
		kinds = slices.DeleteFunc(kinds, func(of schema.GroupResource) bool { return of == claimsOf })
		kinds = slices.Insert(kinds, 0, claimsOf)
	}
	for _, of := range kinds {
		err := errNotServed
		if !k.absent[of.Group] {
			err = k.readKind(ctx, of.WithVersion("v1"))
		}
		if Is(err, NotFound) || isUnknownAPI(err) || Is(err, Forbidden) {
			err = k.readOtherVersion(ctx, of, err)
		}
		k.lookup.claimsRead = k.lookup.claimsRead || of == claimsOf && err == nil
		if IsUnreachable(err) {
			return err
		}
		if err == nil {
			continue
		}
		absent := errors.Is(err, errNotServed)
		k.count.NotRead = append(k.count.NotRead, NotRead{Kind: of.String(), Err: err, Absent: absent})
	}
	slices.SortStableFunc(k.count.Refused, k.inOrder)
	return nil
}

// inOrder sorts by the policies' order, then by namespace.
func (k *counter) inOrder(a, b Refusals) int {
	return cmp.Or(cmp.Compare(k.order[a.Policy], k.order[b.Policy]), cmp.Compare(a.Namespace, b.Namespace))
}

func (k *counter) readNamespaces(ctx context.Context) error {
	items, err := k.c.list(ctx, namespaces, "")
	for _, item := range items {
		k.namespaces[item.GetName()] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: item.GetName(), Labels: item.GetLabels(), Annotations: item.GetAnnotations(),
		}}
	}
	return err
}

// namespace is what policies see of a namespace.
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

// readKind judges the objects of a kind, a page at a time.
func (k *counter) readKind(ctx context.Context, resource schema.GroupVersionResource) error {
	next := ""
	for range maxPages {
		list := func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return k.c.at(resource, "").List(ctx, metav1.ListOptions{Limit: pageSize, Continue: next})
		}
		page, err := retried(ctx, k.c, call{"list", resource, "", ""}, list)
		if err != nil {
			return err
		}
		for i := range page.Items {
			k.judge(ctx, resource, &page.Items[i])
		}
		if next = page.GetContinue(); next == "" {
			return nil
		}
	}
	return errTooMany
}

// judge counts an object, unless it is being deleted or the guardrails' own.
func (k *counter) judge(ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured) {
	switch resource.GroupResource() {
	case claims.GroupResource():
		if k.volumes {
			k.lookup.add(ctx, object)
		}
		withDefaultClass(object, k.s)
	case storageClasses.GroupResource():
		if isManaged(object) {
			return // the apply makes it as the settings say
		}
	case pods.GroupResource():
		if object.GetNamespace() == k.s.Namespace {
			k.count.Pods = append(k.count.Pods, object.GetNamespace()+"/"+object.GetName())
		}
	}
	if object.GetDeletionTimestamp() != nil {
		return
	}
	request := admission.Request{
		Object: object, Resource: resource, Namespace: k.namespace(object.GetNamespace()), Lookup: k.lookup.answer,
	}
	verdicts := k.planned.Create(ctx, request)
	if len(verdicts) == 0 {
		return
	}
	before := k.before.Create(ctx, request)
	made := metav1.GetControllerOf(object) != nil
	for _, v := range verdicts {
		if made && guardrails.JudgesTemplates(v.Policy) {
			continue // what it was made from is counted
		}
		if slices.Contains(k.count.NotJudged, v.Policy) {
			continue // the verdict depends on who makes the request
		}
		if !slices.ContainsFunc(before, func(was admission.Verdict) bool { return was.Policy == v.Policy }) {
			k.add(v, object)
		}
	}
}

// withDefaultClass does what the API server does with a new claim without a class before the policies judge it.
func withDefaultClass(claim *unstructured.Unstructured, s guardrails.Settings) {
	spec, _ := claim.Object["spec"].(map[string]any)
	if _, named := spec["storageClassName"]; spec != nil && !named && !guardrails.NamesClass(claim.GetAnnotations()) {
		spec["storageClassName"] = s.ClassName
	}
}

func (k *counter) add(v admission.Verdict, object *unstructured.Unstructured) {
	key := [2]string{v.Policy, object.GetNamespace()}
	at, exists := k.at[key]
	if !exists {
		at = len(k.count.Refused)
		k.at[key] = at
		k.count.Refused = append(k.count.Refused, Refusals{Policy: v.Policy, Namespace: object.GetNamespace()})
	}
	found, name := &k.count.Refused[at], object.GetKind()+" "+object.GetName()
	if v.Unknown {
		found.Unknown = append(found.Unknown, name)
		return
	}
	found.Names = append(found.Names, name)
	found.Message = cmp.Or(found.Message, v.Message)
}

// errNotServed says that an API server does not serve a kind.
var errNotServed = errors.New("the API server does not serve this kind")

// readOtherVersion asks which version of a kind is served, where it could not be read as v1.
func (k *counter) readOtherVersion(ctx context.Context, of schema.GroupResource, failed error) error {
	if of.Group == "" {
		return failed
	}
	group := metav1.APIGroup{}
	switch err := k.c.discover(ctx, of.Group, "", &group); {
	case isUnknownAPI(err):
		k.absent[of.Group] = true
		return errNotServed
	case err != nil:
		return failed
	}
	for _, version := range group.Versions {
		served := metav1.APIResourceList{}
		if err := k.c.discover(ctx, of.Group, version.Version, &served); err != nil {
			return failed
		}
		if !slices.ContainsFunc(served.APIResources, func(r metav1.APIResource) bool { return r.Name == of.Resource }) {
			continue
		}
		if version.Version == "v1" {
			return failed
		}
		return k.readKind(ctx, of.WithVersion(version.Version))
	}
	return errNotServed
}

// lookup answers what the policies look up of a cluster as they will find it after the apply.
type lookup struct {
	c          *Client
	s          guardrails.Settings
	claims     []string
	claimsRead bool
	// classes are the provisioners of the classes; classesErr says why they could not be listed.
	classes    provisioners
	classesErr error
	secrets    []string
	// secretsErr says why the Secrets could not be listed; asked, that they were.
	secretsErr error
	asked      bool
	// open is whether the lookups are open, once that was asked.
	open   admission.Answer
	tested bool
}

// add keeps a claim whose exception an apply writes.
func (l *lookup) add(ctx context.Context, claim *unstructured.Unstructured) {
	found, older, err := l.classes.olderClaim(ctx, claim, l.s)
	l.classesErr = cmp.Or(l.classesErr, err)
	if older {
		l.claims = append(l.claims, found.Key())
	}
}

// isOpen says whether the lookups are open, which the API key may not be able to see.
func (l *lookup) isOpen(ctx context.Context) admission.Answer {
	if l.tested {
		return l.open
	}
	l.tested = true
	rights := lookupRights{c: l.c, s: l.s}
	found, asked, err := rights.open(ctx)
	switch {
	case found != nil:
		l.open = admission.Yes
	case err == nil && asked:
		l.open = admission.No
	}
	return l.open
}

func (l *lookup) answer(ctx context.Context, of authorizer.Attributes) admission.Answer {
	answer := func(known bool) admission.Answer {
		if known {
			return admission.Yes
		}
		return admission.No
	}
	switch l.s.LookupOf(of.GetAPIGroup(), of.GetResource(), of.GetNamespace(), of.GetName(), of.GetVerb()) {
	case guardrails.LookupCanary:
		return l.isOpen(ctx)
	case guardrails.LookupClaims:
		if !l.claimsRead || l.classesErr != nil {
			return admission.Unknown
		}
		return answer(slices.Contains(l.claims, of.GetName()))
	case guardrails.LookupSecrets:
		if of.GetName() == guardrails.SecretName(l.s.Version) {
			return admission.Yes // the apply writes it
		}
		if !l.asked {
			l.asked = true
			var items []unstructured.Unstructured
			items, l.secretsErr = l.c.list(ctx, secrets, l.s.Namespace)
			for i := range items {
				l.secrets = append(l.secrets, items[i].GetName())
			}
		}
		if l.secretsErr != nil {
			return admission.Unknown
		}
		return answer(slices.Contains(l.secrets, of.GetName()) && guardrails.IsSecret(of.GetName()))
	default:
		return admission.Unknown
	}
}

package assessment

// Gap says why facts are missing.
type Gap struct {
	Reason Reason `json:"reason"`
	Needs  string `json:"needs,omitempty"`  // A permission set, an input or a kind of attestation.
	Detail string `json:"detail,omitempty"` // What happened, such as the error of the API. Never a secret.
	Looked int    `json:"looked_at,omitempty"`
}

// Collection is a list of facts of one source. The zero value is an incomplete, empty list, so that a collector that
// forgets to fill it cannot make a check pass.
type Collection[T any] struct {
	Source   string `json:"source,omitempty"` // The request or the Kubernetes resource, such as "GET /k8s/v1/…/pools".
	Items    []T    `json:"items"`
	Complete bool   `json:"complete"`
	Gap      *Gap   `json:"gap,omitempty"` // Why the list is not complete.
}

// Missing returns why the list is not complete, or nil if it is complete.
func (c Collection[T]) Missing() *Gap {
	switch {
	case c.Complete && c.Gap == nil:
		return nil
	case c.Gap != nil:
		return c.Gap
	}
	return &Gap{Reason: NotAsked}
}

// Fact is one object of one source. The zero value is a fact that was not read.
type Fact[T any] struct {
	Source string `json:"source,omitempty"`
	Value  *T     `json:"value,omitempty"`
	Gap    *Gap   `json:"gap,omitempty"` // Why Value is nil.
}

// Missing returns why the fact was not read, or nil if it was read.
func (f Fact[T]) Missing() *Gap {
	switch {
	case f.Value != nil:
		return nil
	case f.Gap != nil:
		return f.Gap
	}
	return &Gap{Reason: NotAsked}
}

// Read returns a complete list.
func Read[T any](source string, items []T) Collection[T] {
	if items == nil {
		items = []T{}
	}
	return Collection[T]{Source: source, Items: items, Complete: true}
}

// Unread returns a list that is not complete, with the items that were read before.
func Unread[T any](source string, gap Gap, items ...T) Collection[T] {
	return Collection[T]{Source: source, Items: items, Gap: &gap}
}

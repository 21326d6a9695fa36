// Package assessment judges facts about a cluster: whether each check holds, by which evidence, and what that means for
// the clauses of the Shared Responsibility Model.
//
// Evaluate is a pure function of stored facts and options: no clock, no requests. Only facts that were read and
// attestations that are valid produce a result. A missing fact, an incomplete list or missing access never does: the
// result is then not_evaluated, with the reason.
package assessment

package admission

// CompileAll compiles all policies, which otherwise happens when a request first matches them.
func (j *Evaluator) CompileAll() error {
	for _, p := range j.policies {
		if _, err := p.program(); err != nil {
			return err
		}
	}
	return nil
}

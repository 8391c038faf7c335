/*-------------------------------------------------------------------------
 *
 * derived.h
 *	  What a backend derives from the system catalogues, and what makes it
 *	  invalid.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DERIVED_H
#define IVM_DERIVED_H

#include "lib/ilist.h"
#include "nodes/pg_list.h"

/*
 * The part that all derived things have in common; it lies within them and
 * stays where it is.  While registered it is linked with what it depends on.
 */
typedef struct IvmDerived
{
	bool		registered;
	bool		invalid;		/* derive it again: an invalidation was
								 * received, or it is not complete */
	bool		outdated;		/* one was received while it was not */
	MemoryContext cxt;			/* of its dependencies; may be freed only
								 * after forgetting it */
	slist_head	dependencies;
	dlist_head	users;			/* dependencies on it */
	dlist_node	node;			/* in the list of invalid ones */
	void		(*release) (struct IvmDerived *derived);
} IvmDerived;

/* To be called once, when the library is loaded: registers for messages. */
extern void ivm_derived_init(void);

/*
 * Deriving something:
 *
 *		position = ivm_derived_position();
 *		ivm_derived_register(&thing->derived, thing_cxt, release_thing);
 *		... look things up, and note each with ivm_derived_on...()
 *		ivm_derived_complete(&thing->derived, position);
 *
 * ivm_derived_position() tells where in the stream of messages the backend is.  While it
 * stays the same no relation, function, type, role, membership or database has changed.
 * Until ivm_derived_complete() the thing is invalid, so that an error on the way leaves
 * nothing that is used, and is released with the transaction.  It is valid then, unless
 * a message received since that position concerns something that it depends on.
 *
 * cxt holds the notes, and must live as long as the thing is registered.  release
 * frees the thing; it is called at the end of a transaction, after the thing has
 * become invalid and was forgotten.
 */
extern uint64 ivm_derived_position(void);
extern void ivm_derived_register(IvmDerived *derived, MemoryContext cxt,
								 void (*release) (IvmDerived *derived));
extern void ivm_derived_complete(IvmDerived *derived, uint64 position);

/*
 * Unlink a thing from all that it depends on and from what depends on it; to be
 * called before its memory is freed.  Does nothing for what is not registered.
 */
extern void ivm_derived_forget(IvmDerived *derived);

/*
 * Note that a registered thing depends on another thing (which need not be
 * registered, but makes this one invalid if it is invalid), on a relation, on
 * functions (InvalidOid is none), on what a role may do, or on what the planner
 * lists for a plan (PlanInvalItem).  Nothing is done for a thing that is not
 * registered.  The last three look up catalogues, and so need a transaction.
 */
extern void ivm_derived_on(IvmDerived *derived, IvmDerived *other);
extern void ivm_derived_on_relation(IvmDerived *derived, Oid relid);
extern void ivm_derived_on_relations(IvmDerived *derived, List *relids);
extern void ivm_derived_on_functions(IvmDerived *derived, List *funcids);
extern void ivm_derived_on_role(IvmDerived *derived, Oid roleid);
extern void ivm_derived_on_items(IvmDerived *derived, List *items);

/*
 * Forget and release all that has become invalid; to be called at the end of a
 * transaction, when no caller holds a pointer to it.
 */
extern void ivm_derived_release_invalid(void);

#endif							/* IVM_DERIVED_H */

/*-------------------------------------------------------------------------
 *
 * definition_link.h
 *	  The dependency that makes a definition internal to its view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DEFINITION_LINK_H
#define IVM_DEFINITION_LINK_H

#include "catalog/catalog_view.h"

/*
 * Make the definition of a view, or of a part of it, internal to the view that
 * users know.  Does nothing where either relation is gone.  The caller holds
 * locks that keep both from being dropped meanwhile.
 */
extern void ivm_definition_link_make(const IvmViewRow *row);

/* Remove that dependency: let a definition be dropped by name, as pg_dump --clean does. */
extern void ivm_definition_link_remove(Oid definition);

#endif							/* IVM_DEFINITION_LINK_H */

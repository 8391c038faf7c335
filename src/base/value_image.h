/*-------------------------------------------------------------------------
 *
 * value_image.h
 *	  Values told apart by what they look like.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VALUE_IMAGE_H
#define IVM_VALUE_IMAGE_H

extern bool ivm_value_image_is_bytes(Oid typid);
extern bool ivm_value_image_has_names(Oid typid);
extern uint64 ivm_value_image_hash(Oid typid, int16 typlen, bool typbyval, Datum value);
extern uint64 ivm_value_image_hash_bytes(int16 typlen, bool typbyval, Datum value);
extern uint64 ivm_value_image_hash_equal(Oid typid, Oid collation, Datum value);
extern bool ivm_value_image_equal(Oid typid, int16 typlen, bool typbyval, Datum a, Datum b);

#endif							/* IVM_VALUE_IMAGE_H */

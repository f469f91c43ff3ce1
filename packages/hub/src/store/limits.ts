/** Every bound of what is asked of a store at once, and of what it takes. */

/** Documents of a page: of 4 KiB each, 4 MiB. */
export const PAGE_DOCUMENTS_MAX = 1_000;

/** Buckets of an answer. Elasticsearch gives 65,536 at most (search.max_buckets); a week by the minute is 10,080. */
export const BUCKETS_MAX = 12_000;

/** Fields of a composite aggregation. */
export const COMPOSITE_FIELDS_MAX = 8;

/** UTF-16 units of a cursor: keys of {@link COMPOSITE_FIELDS_MAX} long values. */
export const CURSOR_CHARACTERS_MAX = 524_288;

/** UTF-16 units of a value that is indexed: Elasticsearch refuses more than 32,766 bytes, and a unit has three at most. */
export const VALUE_CHARACTERS_MAX = 8_191;

/** Characters of a document's id: Elasticsearch takes 512 bytes. */
export const ID_CHARACTERS_MAX = 512;

/** UTF-16 units of a document as JSON. */
export const DOCUMENT_CHARACTERS_MAX = 8_388_608;

/** Objects and arrays of a document within each other. */
export const DOCUMENT_DEPTH_MAX = 20;

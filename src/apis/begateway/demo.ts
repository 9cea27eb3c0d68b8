import type { Merchants } from '../../merchants/service.ts'
import { API } from './deps.ts'
import { createShop } from './account/shop.ts'

/** The demo shops' keys: the same on every machine, so that samples can be pasted. Good for the sandbox only. */
export const BEGATEWAY_DEMO = {
  shop_id: '1001',
  secret_key: '0475ec549349ecd5d0c9f9bdf7345a5abeae1003168ee846e47ce3ab0fa73e52',
  public_key:
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0XyEKXqWuWMEeRUZM1qJU+Nc8xIWdjl5aTGmy4RKUeRG5kQQOOeaTOF2cw2MkL+L5z5xGrtSEvzzd77emomUDKjUY/8VIkIN' +
  'R5V61D9h6xqszX0qazeJ9tcmDOy9QJgDhvPpt+p5yU02aBlKriUoN5ZNW9/5OQeMb9btZo5cM7t02YKMWNe9dRsTuG6+gBJp/0WCYPqVsVD/ZzXiaJXIAg66rXO5WpYc/15KdUNCmxT9' +
  'mjc9RdC8xvnB9Ph30+svhfdHZ/6kW/WcBs/+2iPAqqRSS1w9aGjKqJRXLx9s/0C2cx3nbt2Fr2dK0RRskErNdKE+QFHC/Q88FY68DLnzVQIDAQAB',
} as const

/** The shop with 3-D Secure on; a merchant of its own, because a shop is one. */
export const BEGATEWAY_DEMO_3DS = {
  shop_id: '1002',
  secret_key: 'f2ee1e12e2c785386baa5fd11e4b507f8b9b7da6b40e69fd9afee1f5bcdecfaa',
  public_key: BEGATEWAY_DEMO.public_key,
} as const

/** Signs the demo shops' notifications. Published here like the rest of the demo: nobody may take a signature with it for proof of anything. */
const DEMO_PRIVATE_KEY =
  'MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDRfIQpepa5YwR5FRkzWolT41zzEhZ2OXlpMabLhEpR5EbmRBA455pM4XZzDYyQv4vnPnEau1IS/PN3vt6aiZQMqNRj' +
  '/xUiQg1HlXrUP2HrGqzNfSprN4n21yYM7L1AmAOG8+m36nnJTTZoGUquJSg3lk1b3/k5B4xv1u1mjlwzu3TZgoxY1711GxO4br6AEmn/RYJg+pWxUP9nNeJolcgCDrqtc7lalhz/Xkp1' +
  'Q0KbFP2aNz1F0LzG+cH0+HfT6y+F90dn/qRb9ZwGz/7aI8CqpFJLXD1oaMqolFcvH2z/QLZzHedu3YWvZ0rRFGyQSs10oT5AUcL9DzwVjrwMufNVAgMBAAECggEAC2nsHoFwJGYteHZq' +
  'ktZ4PIKbDiBaanMbtxxOMPEChp84MLQdKSiPSuiO5lpi4gEZu432piT2JhQzpL7YzJU55I2vUspzaZQtOoz9rgJNELz5lNGgxco3IWScDWC5uAMAUDJKdeuX2pyzHe1g2QervwmYqeyU' +
  'XOPZJj/Q3AFeKzBOct0RF62sQztVBCDbhyA4awrkFDIc65nOnSuIqrTcXXKfMVtQHpG3ydudiv1iR+XrU+SOi5A42PLirgTvb8WDRnkR/WidYrTonTMIZu0L4luHqHMWNKWxlNoKnSop' +
  'wBHIrhW1t7xmiQ0U1lkIYvlVUHFVPaoVZsLnDDGoeJbQ2QKBgQD416ago6K+Lz4WMMzrCjNAJadc1riThE1p21+wdyckK6eBTt/a41JBVE4KgNE5z3bhluq5ZqzQp6GYag/6JbPACdXL' +
  'kJ6ELPPgOW+KOmQ2CjZcgByAJQ/34Od5ULhWMS8i34H/YJegqjGIxSURrUL+Fjas3z/4R7ZFkFJJZSdjPQKBgQDXgxFagrvNplsnQiJcijJutftW8tzuGq4S+dJxX+2Rg/4KG2Hh4TjT' +
  '1IuNUpozALFA2+TCz13SQ79/2cNNk8Pl2iHYSq/q5GgJC10Byq2ve+z7cPgbM2cAlsV6XHTAuFfRflLrKQ9evd3Q2z8UVv9CAUsrvFkati+gm02SINbx+QKBgQCFPVrv+o5CTSNuWFTw' +
  'qPaGK2Mwt5v/CME2pArZfwNLP8Ch4SzFlCBP8KcUwqLE1IwwAFHQUeTImGlTJb9GTnevpNR/+gCWf0dZ0QcjOV68/LzczI/2IWIqdJccgxcgt5cokgqWRg8KLPb257CQhXgweo5uA9/J' +
  'vgQfvUYCHJJ5dQKBgQC0dE8nlqhivpU8/id/jUhFY6QdXiaYSUbRJNaNkGGAoyEonV0MomXPGf3wS+ZKJp5FTNr0NGa/FXNYPqNGZiB2anxEe+Vpre9fA2DRi0B73CzHLgTR4eyxlY2t' +
  's5UfejwucrRDrJHuJtWBeNQM1/vM7QBgksmZkEu5E9GUNmNFIQKBgQCYghImIwjaIitd4PLL8V8Jn7YfyGh46pl1REYI1J3TrtOiEK+t1WOHlM422AJEfhW117+9ZqUJOGulxN2sWoxH' +
  '8IoN4tnvY8SW+wrFVJyYGbA7QI4RNRKZFGt/10KQIbTTFklchwHjDtoQ0G19WNVlPPXXQ0DBADzOC1r2HBqIDg=='

/** Makes a merchant one of the demo shops. */
export async function openBegatewayShop(merchants: Merchants, merchant_id: string, shop: { readonly shop_id: string; readonly secret_key: string }, three_d_secure: boolean): Promise<void> {
  await merchants.updateSettings(merchant_id, API, { three_d_secure })
  await createShop(merchants, { merchant_id, shop_id: shop.shop_id, secret_key: shop.secret_key, private_key: DEMO_PRIVATE_KEY })
}

// The reference in Node: Mercurius with its compiler, on objects that it has at hand.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'

const [port, answers] = process.argv.slice(2)
const stations = JSON.parse(readFileSync(answers, 'utf8')).all.data.stations

const schema = `
  type Query { stations(first: Int): StationConnection! }
  type StationConnection { edges: [StationEdge!]! }
  type StationEdge { cursor: String! node: Station! }
  type Station {
    id: ID! name: String! address: String! district: String! city: String! slotCount: Int! timeZone: String!
    openingHours: String country: String slots: [Slot!]!
  }
  type Slot { evseId: Int! state: String! }
`
const app = Fastify()
app.register(mercurius, {
  schema,
  resolvers: { Query: { stations: (_, { first }) => ({ edges: stations.edges.slice(0, first) }) } },
  jit: 1
})
await app.listen({ port: Number(port), host: '127.0.0.1' })

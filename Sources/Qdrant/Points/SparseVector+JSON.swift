import FloatJSON

extension SparseVector {
    /// `{"indices": […], "values": […]}`
    func write(to json: inout JSONByteWriter) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("indices")
            json.array { json in
                for index in self.indices { json.integer(index) }
            }
            json.key("values")
            try json.floats(self.values)
        }
    }
}
